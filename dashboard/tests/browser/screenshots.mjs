// Pictures of a running demo, for the documents: node screenshots.mjs ADDRESS FOLDER
import { complete, launch, settled, signIn } from './chromium.mjs';

const DEMO = { email: 'demo@example.com', password: 'demo-password' };
const DESKTOP = { width: 1280, height: 860 };
const PHONE = { width: 390, height: 844 };
const PICTURES = [
  { name: 'segments-light', path: '/', scheme: 'light', size: DESKTOP },
  { name: 'segments-phone', path: '/', scheme: 'light', size: PHONE },
  { name: 'customers-light', path: '/customers', scheme: 'light', size: DESKTOP },
  { name: 'cohorts-dark', path: '/analytics/cohorts', scheme: 'dark', size: DESKTOP, at: '#cohorts' },
  { name: 'insights-dark', path: '/insights', scheme: 'dark', size: DESKTOP },
];

const [address, folder] = process.argv.slice(2);
const browser = await launch();
try {
  const page = await browser.newPage({ viewport: DESKTOP, locale: 'en-US', reducedMotion: 'reduce' });
  page.setDefaultTimeout(300_000);
  await signIn(page, { address, ...DEMO });
  for (const { name, path, scheme, size, at } of PICTURES) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto(address + path);
    await settled(page);
    if (path === '/') {
      await complete(page);
      await page.getByText('Live', { exact: true }).waitFor();
    }
    if (at) await page.locator(at).evaluate((element) => element.scrollIntoView());
    await page.screenshot({ path: `${folder}/${name}.png` });
  }
} finally {
  await browser.close();
}
