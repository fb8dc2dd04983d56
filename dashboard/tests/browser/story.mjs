// Uses the dashboard as a person does, and prints what it saw, a JSON object per line. The argument
// is JSON: {address, staff and reader: {email, password}, foreign: text that nobody may see, hostile: a name}.
//   {"cards": {segment: count}}   shown after signing in, and listened to: now an order is due
//   {"moved": {segment: count}}   shown after that order, without a reload
//   {"due": n}, {"shown": n}      another order is due, and is shown
//   {"reading": name}             a nightly result that is read: now a newer one is due
//   {"built"}, {"raised"}, {"planned"}: what was changed, and what was shown for it
//   {"page", "scheme", ...}       each page in each scheme, and what is wrong with it
//   {"end": {...}}                what went wrong anywhere
import { readFile } from 'node:fs/promises';

import { actions, buildSegment, planCampaign, raiseThresholds } from './changes.mjs';
import { launch, settled, signIn, violations } from './chromium.mjs';

const PAGES = [
  '/',
  '/segment',
  '/thresholds',
  '/customers',
  '/customer',
  '/campaigns',
  '/campaigns/new',
  '/campaign',
  '/analytics',
  '/analytics/cohorts',
  '/analytics/products',
  '/analytics/churn',
  '/analytics/predictions',
  '/insights',
  '/quality',
];
/** Pages on which something can be changed. */
const CHANGING = ['/', '/segment', '/thresholds', '/campaigns', '/campaigns/new', '/campaign'];
const SMALLEST = { width: 360, height: 740 };
// What a machine that is busy with other tests makes browsers and the SDK say: the page asks again
// and listens late. Lines of 500 and 503 are waived, as an emulator that gives up answers so too: what
// the API itself fails with is caught by its response below. The image is how the SDK finds out whether there is a network at all.
const SLOW = [
  'status of 500',
  'status of 503',
  'Could not reach Cloud Firestore backend',
  'images/cleardot.gif',
];
/** What is mistyped on purpose is refused, which the browser logs. */
const REFUSED = 'custom-segments:preview';
const DESKTOP = { width: 1280, height: 900 };

/** Further orders, whose way to the card is timed. */
const ORDERS = 4;
const PATIENCE_MILLISECONDS = 150_000;

const { address, staff, reader, foreign, hostile } = JSON.parse(process.argv[2]);

function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** Where a page is that needs an id in its address. */
const places = { '/campaigns/new': '/campaigns/new?segment=vip' };

const wrong = { errors: [], leaks: [], dialogs: 0 };

async function open(browser) {
  const context = await browser.newContext({ viewport: DESKTOP });
  context.setDefaultTimeout(PATIENCE_MILLISECONDS);
  return opened(context);
}

async function opened(context) {
  const page = await context.newPage();
  page.on('pageerror', (error) => wrong.errors.push(error.message));
  page.on('dialog', () => (wrong.dialogs += 1));
  page.on('console', (message) => {
    if (message.location().url.includes(REFUSED)) return;
    if (message.type() === 'error' && !SLOW.some((text) => message.text().includes(text))) {
      wrong.errors.push(`${message.text()} ${message.location().url}`);
    }
  });
  page.on('response', async (response) => {
    const text = await response.text().catch(() => '');
    if (text.includes(foreign)) wrong.leaks.push(response.url());
    // The API says what failed as a problem; a 500 without one is an emulator that gave up.
    const type = response.headers()['content-type'] ?? '';
    if (response.status() === 500 && type.includes('problem+json')) {
      wrong.errors.push(`${response.url()} ${text}`);
    }
  });
  return page;
}

async function counts(page) {
  const cards = await page.locator('[data-count]').all();
  const found = await Promise.all(
    cards.map(async (card) => [await card.getAttribute('data-count'), Number(await card.textContent())]),
  );
  return Object.fromEntries(found.filter(([, count]) => count > 0));
}

async function visit(page, path) {
  if (path === '/customer') {
    await page.goto(`${address}/customers`);
    await page.locator('tbody th a').first().click();
    await page.waitForURL('**/customer?key=*');
  } else {
    await page.goto(new URL(places[path] ?? path, address).href);
  }
  await settled(page);
}

const browser = await launch();
try {
  const page = await open(browser);
  await signIn(page, { address, ...staff });
  await page.getByText('Live', { exact: true }).waitFor();
  const before = await counts(page);
  say({ cards: before });
  await page.waitForFunction(() => document.querySelector('[data-moved="true"]'));
  say({ moved: await counts(page) });
  for (let order = 1; order <= ORDERS; order += 1) {
    const card = page.locator('li[data-segment=vip]');
    const text = await card.textContent();
    say({ due: order });
    await page.waitForFunction(
      (known) => document.querySelector('li[data-segment=vip]').textContent !== known,
      text,
    );
    say({ shown: order });
  }

  const built = await buildSegment(page, address, hostile);
  places['/segment'] = built.place;
  say({ built: built.seen });
  const planned = await planCampaign(page, address, 'VIP');
  places['/campaign'] = planned.place;
  say({ planned: planned.reach });

  const watching = await watchCards(page.context());
  say({ raised: await raiseThresholds(page, address) });
  say({ cardsWere: await watching.end() });

  for (const path of PAGES) {
    await visit(page, path);
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      say({ page: path, scheme, violations: await violations(page) });
    }
    await page.setViewportSize(SMALLEST);
    const [needed, wide] = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      document.documentElement.clientWidth,
    ]);
    say({
      page: path,
      overflow: needed - wide,
      text: await page.locator('main').innerText(),
      foreign: (await page.content()).includes(foreign),
      narrow: CHANGING.includes(path) ? await violations(page) : [],
      address: page.url(),
    });
    await page.setViewportSize(DESKTOP);
  }

  await visit(page, '/analytics/cohorts');
  say({ newer: await newerResult(page) });
  await page
    .getByRole('grid', { name: 'Retention by cohort' })
    .locator('[data-cell="0,0"]')
    .focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.locator('#cell').waitFor();
  say({ cell: await page.evaluate(() => document.activeElement.textContent) });
  await page.getByRole('button', { name: 'Create segment' }).click();
  await page.getByRole('link', { name: 'See its customers' }).click();
  await page.getByRole('heading', { name: 'Customers' }).waitFor();
  await page.goto(`${address}/customers`);
  await page.locator('tbody th a').first().waitFor();
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download CSV' }).click();
  say({ csv: await readFile(await (await saved).path(), 'utf8') });

  say({
    stored: await page.evaluate(stored),
    actions: await actionsOf(page),
  });
  const listening = listeners(page);
  await page.goto(address);
  await page.getByText('Live', { exact: true }).waitFor();
  const listened = listening.size;
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  const until = Date.now() + PATIENCE_MILLISECONDS;
  while (listening.size > 0 && Date.now() < until) await page.waitForTimeout(100);
  say({ listeners: { before: listened > 0, after: listening.size } });

  const another = await open(browser);
  await signIn(another, { address, ...reader });
  say({ readersActions: await actionsOf(another) });
} finally {
  await browser.close();
}
say({ end: wrong });

/** The cards in a page of their own; `end` gives what they were called, in turn, until they were fresh. */
async function watchCards(context) {
  const page = await opened(context);
  await page.goto(address);
  await page.getByText('Live', { exact: true }).waitFor();
  await page.evaluate(() => {
    const words = () => (document.body.textContent.includes('still to be moved') ? 'stale' : 'fresh');
    globalThis.were = [words()];
    new MutationObserver(() => {
      if (words() !== globalThis.were.at(-1)) globalThis.were.push(words());
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  return {
    async end() {
      await page.waitForFunction(() => globalThis.were.length >= 3 && globalThis.were.at(-1) === 'fresh');
      const were = await page.evaluate(() => globalThis.were);
      await page.close();
      return were.slice(0, 3);
    },
  };
}

/** What a reader sees of a nightly result that is computed again: as of when, before and after asking for it. */
async function newerResult(page) {
  const asOf = page.locator('section[aria-labelledby=cohorts] footer .badge');
  const before = await asOf.textContent();
  say({ reading: 'cohorts_month' });
  await page.getByText('A newer result is there').waitFor();
  const offered = await asOf.textContent();
  await page.getByRole('button', { name: 'Show it' }).click();
  await page.getByText('A newer result is there').waitFor({ state: 'detached' });
  return { before, offered, after: await asOf.textContent() };
}

/** In the page: everything that the browser keeps of it, as JSON. */
async function stored() {
  const asked = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const found = [{ ...localStorage }, { ...sessionStorage }, await caches.keys()];
  for (const { name } of await indexedDB.databases()) {
    const database = await asked(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      found.push(await asked(database.transaction(store).objectStore(store).getAll()));
    }
    database.close();
  }
  return JSON.stringify(found);
}

/** The requests that listeners of a page keep open. */
function listeners(page) {
  const open = new Set();
  page.on('request', (request) => {
    if (request.url().includes('/Listen/channel')) open.add(request);
  });
  for (const event of ['requestfinished', 'requestfailed']) page.on(event, (request) => open.delete(request));
  return open;
}

/** By page, how much on it changes something. */
async function actionsOf(page) {
  const found = {};
  for (const path of CHANGING) {
    await visit(page, path);
    found[path] = await actions(page);
  }
  return found;
}
