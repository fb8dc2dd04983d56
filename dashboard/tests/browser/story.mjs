// Uses the dashboard as a person does, and prints what it saw, a JSON object per line. The argument
// is JSON: {address, staff and reader: {email, password}, foreign: text that nobody may see}.
//   {"cards": {segment: count}}   shown after signing in, and listened to: now an order is due
//   {"moved": {segment: count}}   shown after that order, without a reload
//   {"page", "scheme", ...}       each page in each scheme, and what is wrong with it
//   {"end": {...}}                what went wrong anywhere
import { launch, settled, signIn, violations } from './chromium.mjs';

const PAGES = [
  '/',
  '/customers',
  '/customer',
  '/analytics',
  '/analytics/cohorts',
  '/analytics/products',
  '/analytics/churn',
  '/analytics/predictions',
  '/insights',
  '/quality',
];
const SMALLEST = { width: 360, height: 740 };
// What a machine that is busy with other tests makes browsers and the SDK say: the page asks again
// and listens late. The image is how the SDK finds out whether there is a network at all.
const SLOW = [
  'status of 500',
  'status of 503',
  'Could not reach Cloud Firestore backend',
  'images/cleardot.gif',
];
const DESKTOP = { width: 1280, height: 900 };

const { address, staff, reader, foreign } = JSON.parse(process.argv[2]);

function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

const wrong = { errors: [], leaks: [], dialogs: 0 };

async function open(browser) {
  const context = await browser.newContext({ viewport: DESKTOP });
  context.setDefaultTimeout(90_000);
  const page = await context.newPage();
  page.on('pageerror', (error) => wrong.errors.push(error.message));
  page.on('dialog', () => (wrong.dialogs += 1));
  page.on('console', (message) => {
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
    await page.goto(address + path);
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
    });
    await page.setViewportSize(DESKTOP);
  }

  await visit(page, '/analytics/cohorts');
  await page
    .getByRole('grid', { name: 'Retention by cohort' })
    .locator('[data-cell="0,0"]')
    .focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.locator('#cell').waitFor();
  say({ cell: await page.evaluate(() => document.activeElement.textContent) });

  await visit(page, '/');
  await page.getByRole('button', { name: 'Create segment' }).first().waitFor();
  say({
    stored: await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage })),
    actions: await actions(page),
  });
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();

  const another = await open(browser);
  await signIn(another, { address, ...reader });
  say({ readersActions: await actions(another) });
} finally {
  await browser.close();
}
say({ end: wrong });

/** How many buttons that change something the page of segments shows. */
async function actions(page) {
  await visit(page, '/');
  return page.getByRole('button', { name: 'Create segment' }).count();
}
