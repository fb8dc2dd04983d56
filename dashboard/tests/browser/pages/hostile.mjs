// Names as somebody hostile writes them, in every field that anybody may write: on each page they are text,
// turn no other text around, and leave the page as wide as its window.
import { cohorts } from '../../../.tests/tests/answers.js';
import { campaign } from '../../../.tests/tests/campaignAnswers.js';
import { customSegment } from '../../../.tests/tests/settingsAnswers.js';
import { settled } from '../chromium.mjs';
import { ROUTES } from '../fake.mjs';
import { VIEWS } from './views.mjs';

const PHONE = { width: 360, height: 740 };
const DESKTOP = { width: 1280, height: 900 };
const TURNED = '\u202e';
const SHORT = `=cmd|'/C calc'!A1 <img src="x" onerror="document.title = 'run'"><script>alert(1)</script> ${TURNED}\u2067\u05d0 `;
const NAME = SHORT + 'W'.repeat(10_000);

/** Fields that people, orders, campaigns and catalogues write. */
const WRITTEN = new Set([
  ...['displayName', 'email', 'firstName', 'lastName', 'source', 'name', 'description', 'title', 'headline', 'subtext'],
  ...['productName', 'productA', 'productB', 'category', 'categoryA', 'preferredCategories', 'tags', 'reasoning'],
  ...['value', 'orderId'],
]);
/** What describes the API itself. */
const OURS = new Set(['/v1/openapi.json', '/v1/custom-segments/fields']);
const ORDER = {
  ...{ orderId: 'one', placedAt: '2026-11-01T10:00:00Z', amount: 20, counted: false, isReturn: false },
  ...{ exclusion: 'cancelled', items: [{ name: 'one', quantity: 1 }] },
};
const FACT = { id: 'one', label: 'a', value: 1, unit: 'customers', shown: '1', change: null, computedAt: ORDER.placedAt };
/** What the answers of the other tests leave empty. */
const FILLED = {
  '/v1/campaigns': { campaigns: [{ ...campaign, source: { segment: customSegment.id } }] },
  '/v1/campaigns/sc_0123456789ab': { source: { cohort: '2026-01', period: 1, breakdown: 'campaign', value: 'a' } },
  '/v1/analytics/cohorts': {
    values: [{ value: 'a', customers: 1 }],
    valuesFound: 1,
    cohorts: cohorts.cohorts.map((row) => ({ ...row, value: 'a' })),
  },
  '/v1/custom-segments': { customSegments: [customSegment] },
  '/v1/segments/suggestions': {
    suggestions: [{ id: 'one', name: 'a', estimatedCount: 1, lifetimeValue: 1, reasoning: 'a', facts: [{ ...FACT, value: 1 }] }],
  },
  '/v1/insights': {
    overview: { text: NAME, source: 'rules' },
    insights: [
      ...[{ id: 'one', title: 'a', headline: 'a', subtext: 'a', value: '1', severity: 'info', facts: [FACT], trend: null }],
    ],
  },
  '/v1/customers/key_ada/timeline': { entries: [{ kind: 'order', at: ORDER.placedAt, order: ORDER, step: null }] },
  '/v1/analytics/quality': { unprocessedOrders: [{ orderId: 'one' }] },
};

/** Pages with such a name on them, and what is wrong by page. */
export async function hostile({ page, fake, go }) {
  const wrong = {};
  const named = [];
  const dialogs = [];
  const note = (dialog) => dialogs.push(dialog.message());
  page.on('dialog', note);
  fake.respond = (path, { method }) =>
    method === 'GET' && path in ROUTES && !OURS.has(path)
      ? { body: written({ ...ROUTES[path], ...FILLED[path] }) }
      : undefined;
  for (const path of Object.keys(VIEWS)) {
    await page.setViewportSize(PHONE);
    await go(page, path);
    await settled(page);
    const seen = await page.evaluate(look, { name: NAME, turned: TURNED });
    if (seen.named) named.push(path);
    if (seen.wrong.length > 0) wrong[path] = seen.wrong;
  }
  fake.respond = () => undefined;
  await page.setViewportSize(DESKTOP);
  page.off('dialog', note);
  return { named: named.sort(), wrong, dialogs, title: await page.title() };
}

/** The answer with that name in every field of WRITTEN that is text, its whole length once in each list. */
function written(value, field, given = NAME) {
  if (typeof value === 'string') return WRITTEN.has(field) ? given : value;
  if (Array.isArray(value)) return value.map((each, index) => written(each, field, index === 0 ? given : SHORT));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, written(each, name, given)]));
}

/** In the page: whether it shows the name, and where that is more than text, or does more than stand there. */
function look({ name, turned }) {
  const wrong = [];
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) wrong.push(`${scrollWidth - clientWidth} px wider`);
  if (document.querySelector('img[src=x], main script')) wrong.push('markup');
  const texts = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  let named = false;
  while (texts.nextNode()) {
    const { data, parentElement } = texts.currentNode;
    if (!data.includes(turned)) continue;
    named ||= data.includes(name);
    // Between the marks that isolate a name in a sentence it turns nothing either.
    const turning = data.replaceAll(/\u2068[^\u2066-\u2069]*\u2069/g, '').includes(turned);
    if (turning && !isAlone(texts.currentNode)) wrong.push(`turns its neighbours: ${parentElement.outerHTML.slice(0, 60)}`);
  }
  return { named, wrong: [...new Set(wrong)] };

  /** Whether nothing else stands in the same paragraph, as the rules for text in two directions see it. */
  function isAlone(text) {
    for (let element = text.parentElement; element; element = element.parentElement) {
      const { unicodeBidi, display } = getComputedStyle(element);
      if (/isolate|plaintext/.test(unicodeBidi) && display === 'inline') return true;
      if (element.textContent.trim() !== text.data.trim()) return false;
      if (display !== 'inline') return true;
    }
    return true;
  }
}
