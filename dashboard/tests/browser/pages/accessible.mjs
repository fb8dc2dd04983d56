// What axe-core finds on every page: with its numbers on a phone in the dark, and where all failed.
import { settled, violations } from '../chromium.mjs';
import { VIEWS } from './views.mjs';

const PHONE = { width: 360, height: 740 };
const DESKTOP = { width: 1280, height: 900 };

/** What is wrong by page, and how far each page is wider than the phone; both without what is well. */
export async function accessible({ page, fake, go }) {
  const wrong = {};
  async function look(what) {
    const found = await violations(page);
    const wider = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth - clientWidth;
    });
    if (found.length > 0 || wider > 0) wrong[what] = { found, wider };
  }

  for (const path of Object.keys(VIEWS)) {
    fake.respond = () => undefined;
    await page.setViewportSize(PHONE);
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    await go(page, path);
    await settled(page);
    await look(`${path} dark, phone`);
    fake.respond = (asked) => ({ status: 500, body: { detail: `${asked} failed.` } });
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await page.setViewportSize(DESKTOP);
    await go(page, path);
    await settled(page);
    await look(`${path} failed`);
  }
  fake.respond = () => undefined;
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  return wrong;
}
