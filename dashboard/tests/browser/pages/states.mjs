// Every route of every page in every state. On each visit of a page its routes are in different states,
// so that each part of the page has to say so for itself. Where all parts have problems, are
// pending, out of date or loading, axe-core looks too: at a desktop or a phone, light or dark in turn.
import { settled, violations } from '../chromium.mjs';
import { ROUTES } from '../fake.mjs';

const PAGES = [
  ['/', ['/v1/segments', '/v1/segments/history', '/v1/custom-segments', '/v1/segments/suggestions']],
  ['/segment', ['/v1/custom-segments/fields']],
  ['/customers', ['/v1/customers']],
  ['/segment?id=cs_0123456789ab', ['/v1/custom-segments/cs_0123456789ab']],
  ['/customer?key=key_ada', ['/v1/customers/key_ada', '/v1/customers/key_ada/timeline']],
  ['/segment?suggestion=gone', ['/v1/segments/suggestions']],
  [
    '/thresholds',
    [
      '/v1/settings/thresholds',
      '/v1/settings/thresholds/status',
      '/v1/settings/thresholds/recommendation',
      '/v1/settings/thresholds/versions',
    ],
  ],
  ['/campaign?id=sc_0123456789ab', ['/v1/campaigns/sc_0123456789ab']],
  ['/campaigns', ['/v1/campaigns']],
  ['/campaign?id=sc_0123456789ab', ['/v1/campaigns/sc_0123456789ab/performance', '/v1/campaigns/sc_0123456789ab/members']],
  ['/campaigns/new?segment=churned', ['/v1/campaigns:prefill']],
  ['/analytics', ['/v1/analytics/overview', '/v1/analytics/funnel']],
  [
    '/quality',
    ['/v1/analytics/quality', '/v1/analytics/overview', '/v1/analytics/churn/prediction', '/v1/analytics/forecast'],
  ],
  ['/analytics/cohorts', ['/v1/analytics/cohorts']],
  ['/insights', ['/v1/insights']],
  ['/analytics/products', ['/v1/analytics/products', '/v1/analytics/affinity']],
  [
    '/analytics/churn',
    [
      '/v1/analytics/churn',
      '/v1/analytics/transitions',
      '/v1/analytics/transitions/months',
      '/v1/analytics/rfm',
    ],
  ],
  ['/analytics/predictions', ['/v1/analytics/churn/prediction', '/v1/analytics/forecast']],
];

/** What a page says, and what it offers, where an answer did not come. */
const PROBLEMS = [
  { status: 401, title: 'Your sign-in has ended', button: 'Sign in again' },
  { status: 403, title: 'Your account may not see this', button: null },
  { status: 404, title: 'This does not exist', button: null },
  { status: 412, title: 'Somebody else has changed this', button: 'Load it again' },
  { status: 428, title: 'This was not loaded before the change', button: 'Load it again' },
  { status: 429, title: 'Too many calls', headers: { 'Retry-After': '77' }, text: 'Trying again in 7' },
  { status: 429, title: 'Too many calls', button: 'Try again' },
  { status: 500, title: 'The API failed', button: 'Try again' },
  { status: 503, title: 'The API is busy', headers: { 'Retry-After': '77' }, text: 'Trying again in 7' },
  { status: 503, title: 'The API is busy', button: 'Try again' },
];

const NIGHTLY = {
  '/v1/analytics/cohorts': 'cohorts',
  '/v1/analytics/products': 'product-list',
  '/v1/analytics/affinity': 'affinity',
  '/v1/analytics/churn': 'churn',
  '/v1/analytics/transitions/months': 'months',
  '/v1/analytics/rfm': 'rfm',
  '/v1/analytics/churn/prediction': 'risk',
  '/v1/analytics/forecast': 'forecast',
  '/v1/analytics/quality': null,
};
/** The part of a page that shows an answer of the night. */
const partOf = (path, route) => (path === '/quality' && NIGHTLY[route] !== null ? 'nightly' : NIGHTLY[route]);
/** The sales by product as the night left them, which the overview says. */
const soldAs = (changes) => ({ nightly: [{ ...ROUTES['/v1/analytics/overview'].nightly[0], ...changes }] });
const segmentsWith = (changes) => ({ segments: ROUTES['/v1/segments'].segments.map((each) => ({ ...each, ...changes })) });
const NOBODY = { customers: 2, reachable: 0, leftOut: [{ reason: 'no_consent', customers: 2 }], channels: [] };
const KEPT = ['orgId', 'asOf', 'granularity', 'mode', 'days'];
const nothing = (answer, changes) => ({
  ...Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, KEPT.includes(name) ? value : null])),
  ...('unprocessedOrders' in answer && { unprocessedOrders: [] }),
  ...changes,
});
/** A state of nightly numbers: what the API answers, and what the part of the page says. */
const NIGHTS = [
  { says: 'Not computed yet', of: (answer) => nothing(answer, { status: 'pending', stale: true }) },
  { says: 'There is no earlier result', of: (answer) => nothing(answer, { status: 'failed', stale: true, lastError: 'DeadlineExceeded' }) },
  { says: 'the error was DeadlineExceeded', of: (answer) => ({ ...answer, status: 'failed', stale: true, lastError: 'DeadlineExceeded' }) },
  { says: 'A newer result is due', of: (answer) => ({ ...answer, stale: true }) },
];
/** What further answers have to be said of: route, changed fields, where, and the words. */
const OTHERS = [
  ['/v1/customers/key_ada', {}, '/customer?key=key_ada', 'profile', 'Retention score 47 of 100: At risk'],
  ['/v1/customers/key_ada', {}, '/customer?key=key_ada', 'profile', 'Denied (unsubscribed)'],
  ['/v1/customers/key_ada', { profileIds: [] }, '/customer?key=key_ada', 'profile', 'No document of the shop'],
  ['/v1/analytics/overview', { salesByProduct: null, notComputed: ['salesByProduct'] }, '/analytics', 'products', 'Not computed yet'],
  ['/v1/analytics/overview', { salesByCategory: [] }, '/analytics', 'categories', 'Nothing was sold yet'],
  ['/v1/analytics/overview', { averageOrderValue: null, totalOrders: 0 }, '/analytics', null, '– (No orders yet)'],
  ['/v1/analytics/overview', { churnRate: null, notComputed: ['churnRate'] }, '/analytics', null, '– (Not computed yet)'],
  ['/v1/analytics/overview', { churnRate: null }, '/analytics', null, '– (Nobody was there to lose)'],
  ['/v1/analytics/overview', soldAs({ status: 'failed', lastError: 'DeadlineExceeded' }), '/quality', 'nightly', 'the error was DeadlineExceeded'],
  ['/v1/analytics/overview', soldAs({ stale: true }), '/quality', 'nightly', 'A newer result is due'],
  ['/v1/analytics/churn/prediction', { reliability: null, model: null }, '/quality', 'reliability', 'No model is in force'],
  ['/v1/analytics/funnel', { measured: false }, '/analytics', 'funnel', 'Sessions are not known'],
  ['/v1/analytics/funnel', { channels: [] }, '/analytics', 'channels', 'No sessions and no orders'],
  ['/v1/analytics/cohorts', { cohorts: [] }, '/analytics/cohorts', 'cohorts', 'No first order is in the periods'],
  ['/v1/analytics/products', { products: [], total: 0 }, '/analytics/products', 'product-list', 'No product fits'],
  ['/v1/analytics/affinity', { pairs: [], matching: 0 }, '/analytics/products', 'affinity', 'No pair is in so many orders'],
  ['/v1/analytics/transitions', { stale: true }, '/analytics/churn', 'transitions', 'May still change'],
  ['/v1/analytics/transitions/months', { months: [] }, '/analytics/churn', 'months', 'No month is full yet'],
  ['/v1/analytics/rfm', { cells: [], bands: [] }, '/analytics/churn', 'rfm', 'Nobody has ordered yet'],
  ['/v1/analytics/churn/prediction', { model: null, levels: null }, '/analytics/predictions', 'risk', 'No model is in force'],
  ['/v1/analytics/forecast', { months: [], total: null }, '/analytics/predictions', 'forecast', 'predicts no revenue'],
  ['/v1/segments', { stale: true }, '/', null, 'Some customers are still to be moved'],
  ['/v1/segments', segmentsWith({ lifetimeValue: null, averageOrderValue: null }), '/', null, '– (Amounts are not recorded for past days)'],
  ['/v1/segments', segmentsWith({ averageOrderValue: null }), '/', null, '– (No orders)'],
  ['/v1/segments', segmentsWith({ share: null }), '/', null, '– (No customers)'],
  ['/v1/analytics/churn', { churnRate: null }, '/analytics/churn', 'churn', '– (Nobody was there to lose)'],
  ['/v1/campaigns/sc_0123456789ab', { treated: null, sentAt: null }, '/campaign?id=sc_0123456789ab', null, '– (Not sent yet)'],
  ['/v1/customers/key_ada', { firstOrderDate: null }, '/customer?key=key_ada', null, '– (No orders)'],
  ['/v1/segments/history', { stale: true }, '/', 'history', 'The last days may still change'],
  ['/v1/customers', { customers: [], nextPageToken: null }, '/customers', null, 'Nobody on this page fits'],
  ['/v1/customers/key_ada', { stale: true }, '/customer?key=key_ada', null, 'about to be decided again'],
  ['/v1/customers/key_ada', { prediction: null, churnProbability: null, churnRiskLevel: null }, '/customer?key=key_ada', 'prediction', 'No model is in force'],
  ['/v1/customers/key_ada/timeline', { entries: [] }, '/customer?key=key_ada', 'timeline', 'Nothing has happened yet'],
  ['/v1/insights', { status: 'pending', stale: true, generatedAt: null }, '/insights', null, 'Not made yet'],
  ['/v1/insights', { stale: true }, '/insights', null, 'Out of date'],
  ['/v1/insights', {}, '/insights', null, 'Nothing stands out today'],
  ['/v1/segments/suggestions', {}, '/segment?suggestion=gone', null, 'This is no longer suggested'],
  ['/v1/custom-segments/cs_0123456789ab', { stale: true }, '/segment?id=cs_0123456789ab', null, 'Customers are being moved'],
  [
    '/v1/custom-segments/cs_0123456789ab',
    { evaluation: { status: 'running', processed: 400, total: 1000 } },
    '/segment?id=cs_0123456789ab',
    null,
    'Evaluating',
  ],
  ['/v1/settings/thresholds', { pending: true }, '/thresholds', null, 'Other values are about to be adopted'],
  ['/v1/settings/thresholds', { version: 0 }, '/thresholds', null, 'Never changed'],
  ['/v1/settings/thresholds/status', { status: 'running', processed: 400 }, '/thresholds', null, 'Evaluating customers'],
  ['/v1/settings/thresholds/status', { failed: 2 }, '/thresholds', null, '2 customers could not be evaluated'],
  ['/v1/settings/thresholds/status', { lastError: 'DeadlineExceeded' }, '/thresholds', null, 'the error was DeadlineExceeded'],
  ['/v1/settings/thresholds/versions', { versions: [] }, '/thresholds', 'versions', 'None yet'],
  ['/v1/campaigns', { campaigns: [] }, '/campaigns', null, 'None yet'],
  ['/v1/openapi.json', { paths: {} }, '/campaigns', null, 'Not available in this version'],
  ['/v1/campaigns:prefill', { reach: NOBODY }, '/campaigns/new?segment=churned', 'create', 'Nobody of the group may be written to'],
  ['/v1/campaigns/sc_0123456789ab', { status: 'freezing', reach: null, treated: null }, '/campaign?id=sc_0123456789ab', null, 'Freezing the audience'],
  ['/v1/campaigns/sc_0123456789ab', { status: 'failed', failure: 'Nobody is left.', reach: null }, '/campaign?id=sc_0123456789ab', null, 'There is no audience'],
  ['/v1/campaigns/sc_0123456789ab/performance', { incremental: null }, '/campaign?id=sc_0123456789ab', 'performance', 'Measured each night once it is sent'],
  ['/v1/campaigns/sc_0123456789ab/performance', {}, '/campaign?id=sc_0123456789ab', 'performance', 'Not measurable'],
  ['/v1/campaigns/sc_0123456789ab/members', { members: [] }, '/campaign?id=sc_0123456789ab', 'members', 'Nobody.'],
];

/** Something that is changed: where, how, and the route that refuses it. */
const CHANGES = [
  {
    path: '/segment?id=cs_0123456789ab',
    route: '/v1/custom-segments/cs_0123456789ab',
    conflict: 'Somebody else has changed this segment',
    change: (page) => page.getByRole('button', { name: 'Save changes' }).click(),
  },
  {
    path: '/segment',
    route: '/v1/custom-segments',
    async change(page) {
      await page.getByRole('button', { name: 'Add a condition' }).click();
      await page.getByLabel('Total spent').fill('100');
      await page.getByRole('textbox', { name: 'Name' }).fill('Mine');
      await page.getByRole('button', { name: 'Save segment' }).click();
    },
  },
  {
    path: '/thresholds',
    route: '/v1/settings/thresholds',
    conflict: 'Somebody else has changed the thresholds',
    async change(page) {
      await page.locator('[name=vip_minOrders]').fill('9');
      await page.getByRole('button', { name: 'Save thresholds' }).click();
    },
  },
  {
    path: '/campaigns/new?segment=churned',
    route: '/v1/campaigns',
    change: (page) => page.getByRole('button', { name: 'Create campaign' }).click(),
  },
  {
    path: '/campaign?id=sc_0123456789ab',
    route: '/v1/campaigns/sc_0123456789ab',
    change: (page) => page.getByRole('button', { name: 'Save' }).click(),
  },
];
/** How a change is refused, and what the page says, unless it has words of its own. */
const REFUSED = [
  { status: 409, title: 'This cannot be done as things are' },
  { status: 412, title: 'Somebody else has changed this' },
  { status: 428, title: 'This was not loaded before the change' },
];

const LOOKED_AT = new Set(['Not computed yet', 'A newer result is due']);
const LOOKS = [
  { size: { width: 1280, height: 900 }, colorScheme: 'light' },
  { size: { width: 360, height: 740 }, colorScheme: 'dark' },
  { size: { width: 1280, height: 900 }, colorScheme: 'dark' },
  { size: { width: 360, height: 740 }, colorScheme: 'light' },
];

/** How many states were looked at, those that the page did not say, and what axe-core finds in some of them. */
export async function states({ page, context, fake, go }) {
  const wrong = [];
  const inaccessible = [];
  let checked = 0;
  let looks = 0;
  let given = new Map();
  /** Methods that the states are given for: reading, or changing. */
  let changing = false;
  fake.respond = (path, { method }) => (changing === (method === 'GET') ? undefined : given.get(path));

  function expect(what, found, holds) {
    checked += 1;
    if (found === undefined || found === null || !holds(found)) wrong.push({ what, found });
  }
  async function expectText(path, route, part, words) {
    const place = part === null ? 'main' : `section[aria-labelledby="${part}"]`;
    expect(`${path} ${route}: ${words}`, await page.locator(place).textContent(), (text) => text.includes(words));
  }
  /** Axe on the page as it is, in the next of LOOKS. */
  async function look(what) {
    const { size, colorScheme } = LOOKS[looks % LOOKS.length];
    looks += 1;
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const found = await violations(page);
    if (found.length > 0) inaccessible.push({ what, found });
    await page.setViewportSize(LOOKS[0].size);
  }
  async function visit(path) {
    await go(page, path);
    await settled(page);
    // What reads every customer is asked for by a click.
    const suggest = page.getByRole('button', { name: 'Suggest values' });
    if (path === '/thresholds') await suggest.click();
    await settled(page);
  }

  const rounds = PROBLEMS.length;
  for (let round = 0; round < rounds; round += 1) {
    for (const [path, routes] of PAGES) {
      const states = new Map(routes.map((route, index) => [route, PROBLEMS[(round + 3 * index) % rounds]]));
      given = new Map([...states].map(([route, { status, headers }]) => [route, problem(route, status, headers)]));
      await visit(path);
      for (const [route, { status, title, button = null, text = '' }] of states) {
        // What holds no place while it is waited for is not part of a page being settled.
        const found = await page
          .waitForFunction(noticeSaying, detailOf(route, status), { timeout: 5_000 })
          .then((handle) => handle.jsonValue(), () => null);
        expect(`${path} ${route} ${status}`, found, (notice) =>
          notice.title === title && notice.button === button && notice.text.includes(text),
        );
      }
      if (round === 0) await look(`${path} problems`);
    }
  }

  changing = true;
  for (const { path, route, change, conflict } of CHANGES) {
    for (const { status, title } of REFUSED) {
      given = new Map([[route, problem(route, status)]]);
      await visit(path);
      await change(page);
      const words = (status === 412 && conflict) || title;
      const notice = page.locator('main .notice', { hasText: words });
      await notice.waitFor();
      // Whatever somebody typed is still there, and so is the way to try again.
      expect(`${path} changed, ${status}`, await notice.getByRole('button').count(), (count) => count === 1);
    }
  }
  changing = false;

  for (const night of NIGHTS) {
    for (const [path, routes] of PAGES) {
      const nightly = routes.filter((route) => route in NIGHTLY);
      if (nightly.length === 0) continue;
      given = new Map(nightly.map((route) => [route, { body: night.of(ROUTES[route]) }]));
      await visit(path);
      for (const route of nightly) await expectText(path, route, partOf(path, route), night.says);
      if (LOOKED_AT.has(night.says)) await look(`${path} ${night.says}`);
    }
  }

  for (const [route, changes, path, part, words] of OTHERS) {
    given = new Map([[route, { body: { ...ROUTES[route], ...changes } }]]);
    await visit(path);
    await expectText(path, route, part, words);
  }

  for (const [path, routes] of PAGES) {
    given = new Map(routes.map((route) => [route, 'never']));
    await go(page, path);
    await page.waitForFunction(() => document.querySelector('main .skeleton'));
    expect(`${path} loading`, await page.locator('main [role=status]').allInnerTexts(), (texts) =>
      texts.some((text) => text.includes('Loading')),
    );
    await look(`${path} loading`);
    given = new Map(routes.map((route) => [route, null]));
    await visit(path);
    expect(`${path} unreachable`, await page.locator('main .notice').allInnerTexts(), (texts) =>
      texts.some((text) => text.includes('The API cannot be reached') && text.includes('Try again')),
    );
  }

  // What passes by itself needs no click: a busy API, and a connection that was gone.
  given = new Map([['/v1/customers', problem('/v1/customers', 503, { 'Retry-After': '1' })]]);
  await visit('/customers');
  given = new Map();
  await page.locator('tbody tr').first().waitFor();
  await context.setOffline(true);
  await page.getByRole('button', { name: 'Next page' }).click();
  await page.getByText('You are offline').waitFor();
  await context.setOffline(false);
  await page.locator('tbody tr').first().waitFor();
  expect('back online', await page.locator('main .notice').count(), (count) => count === 0);

  // An ended sign-in leads to the form.
  given = new Map([['/v1/customers', problem('/v1/customers', 401)]]);
  await visit('/insights');
  await visit('/customers');
  await page.getByRole('button', { name: 'Sign in again' }).click();
  await page.locator('input[name=password]').waitFor();
  return { checked, wrong, inaccessible };
}

function problem(route, status, headers = {}) {
  return { status, headers, body: { type: `urn:problem:${status}`, status, detail: detailOf(route, status) } };
}

function detailOf(route, status) {
  return `${status} of ${route}.`;
}

/** The notice with these words, as it is on the page. */
function noticeSaying(words) {
  const notice = [...document.querySelectorAll('.notice')].find((each) => each.textContent.includes(words));
  return (
    notice && {
      title: notice.querySelector('strong').textContent,
      button: notice.querySelector('button')?.textContent ?? null,
      text: notice.textContent,
    }
  );
}
