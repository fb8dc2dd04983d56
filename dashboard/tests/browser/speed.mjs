// How fast pages are on a slow machine and line: prints as one JSON object the milliseconds of each load
// and interaction, and the largest layout shift. The argument is the number of loads of each page.
import * as answers from '../../.tests/tests/answers.js';
import { launch, settled, signIn } from './chromium.mjs';
import { fakeDashboard, fakeFirebase, SOMEONE } from './fake.mjs';

const LOADS = Number(process.argv[2]);
const SLOWER = 4;
const BYTES_A_SECOND = 10_000_000 / 8;
const LATENCY_MILLISECONDS = 40;
/** What each page shows once it has its first numbers, and how many of them. */
const FIRST_NUMBERS = {
  '/': { selector: '[data-count]', count: 8 },
  '/analytics': { selector: 'main dl dd', count: 7 },
};

const fake = await fakeDashboard();
fake.respond = (path) => (path === '/v1/analytics/cohorts' ? { body: answers.cohortsOf(60) } : undefined);
const browser = await launch();
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  context.setDefaultTimeout(60_000);
  await fakeFirebase(context);
  const page = await context.newPage();
  await page.addInitScript(() => {
    globalThis.shift = 0;
    globalThis.interactions = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shift += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (entry.interactionId) globalThis.interactions.push(entry.duration);
    }).observe({ type: 'event', durationThreshold: 16, buffered: true });
  });
  // In the page, at the frame after the numbers: asking from here adds the way there and back, a second
  // on a busy machine.
  await page.addInitScript((numbers) => {
    const first = numbers[location.pathname];
    if (first === undefined) return;
    const watch = new MutationObserver(() => {
      if (document.querySelectorAll(first.selector).length < first.count) return;
      watch.disconnect();
      requestAnimationFrame(() => setTimeout(() => (globalThis.shownAt = performance.now())));
    });
    watch.observe(document, { subtree: true, childList: true });
  }, FIRST_NUMBERS);
  await signIn(page, { address: fake.address, ...SOMEONE });
  const slow = await context.newCDPSession(page);
  await slow.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  await slow.send('Network.enable');
  await slow.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: LATENCY_MILLISECONDS,
    downloadThroughput: BYTES_A_SECOND,
    uploadThroughput: BYTES_A_SECOND,
  });

  const loads = {};
  let shift = 0;
  for (const path of Object.keys(FIRST_NUMBERS)) {
    loads[path] = [];
    for (let load = 0; load < LOADS; load += 1) {
      await page.goto(fake.address + path, { waitUntil: 'commit' });
      loads[path].push(await page.waitForFunction(() => globalThis.shownAt).then((shown) => shown.jsonValue()));
      // The rest of the page may shift what is there. Listeners keep the network busy for ever.
      await settled(page);
      shift = Math.max(shift, await page.evaluate(() => globalThis.shift));
    }
  }

  await page.goto(`${fake.address}/analytics/cohorts`);
  await page.locator('[data-cell="59,59"]').waitFor();
  await page.locator('[data-cell="30,5"]').click();
  await page.locator('#cell').waitFor();
  await page.locator('[data-cell="30,5"]').focus();
  for (let pressed = 0; pressed < 20; pressed += 1) await page.keyboard.press(pressed % 2 ? 'ArrowDown' : 'ArrowRight');
  await page.waitForTimeout(500);
  const interactions = await page.evaluate(() => globalThis.interactions);
  process.stdout.write(`${JSON.stringify({ loads, interactions, shift })}\n`);
} finally {
  await browser.close();
  fake.close();
}
