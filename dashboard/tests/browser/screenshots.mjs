// Pictures of a running demo, for the documents: node screenshots.mjs ADDRESS FOLDER
//
// One sheet per page, with desktop and phone in light and dark, and the three of the README.
import { writeFile } from 'node:fs/promises';

import { complete, launch, settled, signIn } from './chromium.mjs';

const DEMO = { email: 'demo@example.com', password: 'demo-password' };
const DESKTOP = { width: 1280, height: 860 };
const PHONE = { width: 390, height: 844 };
const VIEWS = [DESKTOP, PHONE].flatMap((size) => ['light', 'dark'].map((scheme) => ({ size, scheme })));
const CAMPAIGN = { on: '/campaigns', link: 'main a[href^="/campaign?"]' };
const PAGES = {
  segments: '/',
  segment: { on: '/', link: 'main a[href^="/segment?suggestion="]' },
  thresholds: '/thresholds',
  customers: '/customers',
  customer: { on: '/customers', link: 'main a[href^="/customer?"]' },
  sales: '/analytics',
  cohorts: '/analytics/cohorts',
  products: '/analytics/products',
  churn: '/analytics/churn',
  predictions: '/analytics/predictions',
  campaigns: '/campaigns',
  campaign: CAMPAIGN,
  'new-campaign': '/campaigns/new?segment=churned',
  insights: '/insights',
  quality: '/quality',
};
const OF_README = [
  { name: 'segments-light', place: '/', scheme: 'light' },
  { name: 'cohorts-dark', place: '/analytics/cohorts', scheme: 'dark', at: '#cohorts' },
  { name: 'campaign-light', place: CAMPAIGN, scheme: 'light' },
];

/** The path of a place: itself, or where the first such link of another page leads. */
async function pathOf(page, place) {
  if (typeof place === 'string') return place;
  await page.goto(address + place.on);
  await complete(page);
  return page.locator(place.link).first().getAttribute('href');
}

async function picture(page, { path, scheme, size = DESKTOP, at }) {
  await page.setViewportSize(size);
  await page.emulateMedia({ colorScheme: scheme });
  await page.goto(address + path);
  await settled(page);
  if (path === '/') {
    await complete(page);
    await page.getByText('Live', { exact: true }).waitFor();
  }
  if (at) await page.locator(at).evaluate((element) => element.scrollIntoView());
  return page.screenshot();
}

/** Pictures side by side, half their size. */
async function sheetOf(pictures) {
  const page = await browser.newPage({ viewport: { width: 1728, height: 450 } });
  const images = pictures.map((png) => `<img src="data:image/png;base64,${png.toString('base64')}">`);
  const style = 'body { display: flex; gap: 10px; margin: 10px; background: #888 } img { height: 430px }';
  await page.setContent(`<style>${style}</style>${images.join('')}`);
  await page.waitForFunction(() => [...document.images].every((image) => image.complete));
  const sheet = await page.screenshot({ type: 'jpeg', quality: 70 });
  await page.close();
  return sheet;
}

const [address, folder] = process.argv.slice(2);
const browser = await launch();
try {
  const page = await browser.newPage({ viewport: DESKTOP, locale: 'en-US', reducedMotion: 'reduce' });
  page.setDefaultTimeout(300_000);
  await signIn(page, { address, ...DEMO });
  for (const { name, place, scheme, at } of OF_README) {
    const path = await pathOf(page, place);
    await writeFile(`${folder}/${name}.png`, await picture(page, { path, scheme, at }));
  }
  for (const [name, place] of Object.entries(PAGES)) {
    const path = await pathOf(page, place);
    const pictures = [];
    for (const view of VIEWS) pictures.push(await picture(page, { path, ...view }));
    await writeFile(`${folder}/${name}.jpg`, await sheetOf(pictures));
  }
} finally {
  await browser.close();
}
