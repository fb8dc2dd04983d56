// What axe-core finds on every page: with its numbers on a phone in the dark, and where all failed. And
// how pages look with forced colours, on the largest screens, and to whoever wants nothing to move.
import { settled, violations } from '../chromium.mjs';
import { VIEWS } from './views.mjs';

const PHONE = { width: 360, height: 740 };
const DESKTOP = { width: 1280, height: 900 };
const LARGEST = { width: 3840, height: 2160 };

/** What is wrong by page; nothing for a page that is well. */
export async function accessible({ page, fake, go }) {
  const wrong = {};
  function note(what, found) {
    if (Object.values(found).some((each) => each.length > 0)) wrong[what] = found;
  }
  async function look(what) {
    note(what, { found: await violations(page), layout: await page.evaluate(layout), moving: await page.evaluate(moving) });
  }

  for (const path of Object.keys(VIEWS)) {
    fake.respond = () => undefined;
    await page.setViewportSize(PHONE);
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    await go(page, path);
    await settled(page);
    await look(`${path} dark, phone`);
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce', forcedColors: 'active' });
    note(`${path} forced colours`, { lost: await page.evaluate(lost) });
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce', forcedColors: 'none' });
    await page.setViewportSize(LARGEST);
    note(`${path} 4k`, { layout: await page.evaluate(layout) });
    fake.respond = (asked) => ({ status: 500, body: { detail: `${asked} failed.` } });
    await page.setViewportSize(DESKTOP);
    await go(page, path);
    await settled(page);
    await look(`${path} failed`);
  }
  fake.respond = () => undefined;
  return { wrong, moves: await moves() };

  /** Whether anything moves while a page loads, by what somebody prefers. */
  async function moves() {
    fake.respond = () => 'never';
    const found = {};
    for (const reducedMotion of ['no-preference', 'reduce']) {
      await page.emulateMedia({ colorScheme: 'light', reducedMotion });
      await go(page, '/customers');
      await page.locator('main .skeleton').first().waitFor();
      found[reducedMotion] = (await page.evaluate(moving)).length > 0;
    }
    fake.respond = () => undefined;
    return found;
  }
}

/** Where a page is wider than its window, or has text that is too small or too wide to be read. */
function layout() {
  const { scrollWidth, clientWidth } = document.documentElement;
  const found = scrollWidth > clientWidth ? [`${scrollWidth - clientWidth} px wider`] : [];
  for (const text of document.querySelectorAll('main p, main td, main th, main dt, main dd, main label, main a, main button')) {
    if (!text.checkVisibility() || text.closest('.hidden')) continue;
    const { fontSize } = getComputedStyle(text);
    if (Number.parseFloat(fontSize) < 11) found.push(`${fontSize}: ${text.textContent.slice(0, 30)}`);
    if (text.tagName === 'P' && text.getBoundingClientRect().width > 1480) found.push(`wide: ${text.textContent.slice(0, 30)}`);
  }
  return found;
}

/** What only a background would set apart, which forced colours take away: each of these needs a border. */
function lost() {
  const found = [];
  const framed = '.button, .badge, .notice, .heat td, select, input:not([type=checkbox], [type=radio])';
  for (const element of document.querySelectorAll(`main :is(${framed})`)) {
    if (!element.checkVisibility() || element.closest('.hidden')) continue;
    if (getComputedStyle(element).borderStyle === 'none') found.push(element.outerHTML.slice(0, 80));
  }
  return found;
}

function moving() {
  return document
    .getAnimations()
    .filter(({ playState }) => playState === 'running')
    .map(({ effect }) => effect.target.className);
}
