// Ways from a number to the customers behind it, and from them to a campaign; and from today to a past day.
import * as answers from '../../../.tests/tests/answers.js';
import { customSegment } from '../../../.tests/tests/settingsAnswers.js';
import { settled } from '../chromium.mjs';

/** From each cell of a broken-down cohort: its heading, and the group that the API was asked for. */
export async function journeys({ page, fake, go }) {
  const broken = {
    ...answers.cohorts,
    values: [
      { value: '', customers: 3 },
      { value: 'in_store', customers: 9 },
    ],
    valuesFound: 2,
    cohorts: answers.cohorts.cohorts.map((row) => ({ ...row, value: row.cohort === '2026-08' ? '' : 'in_store' })),
  };
  fake.respond = (path, request) => {
    if (path.endsWith('/customers')) return { body: answers.cohortCustomers };
    return request.url.includes('breakdown=') && path.endsWith('/cohorts') ? { body: broken } : undefined;
  };
  const found = {};
  for (const cell of ['3,1', '2,0']) {
    await go(page, '/analytics/cohorts');
    await settled(page);
    await page.getByLabel('Broken down by').selectOption('channel');
    await page.getByRole('rowheader', { name: '2026-08 · Not named' }).waitFor();
    await page.locator(`[data-cell="${cell}"]`).click();
    const heading = await page.locator('#cell').textContent();
    await settled(page);
    const customers = queryOf('/customers?');
    await page.locator('.drawer').getByRole('link', { name: 'Start a campaign' }).click();
    await page.locator('[data-reachable]').waitFor();
    found[heading] = [customers, queryOf('campaigns:prefill?')];
  }
  fake.respond = () => undefined;
  return { cells: found, days: await days() };

  /** The row of a custom segment today and on a past day, on which it had other customers. */
  async function days() {
    const { id } = customSegment;
    const past = { basis: 'recorded', totalCustomers: 50, customSegments: [{ id, count: 12, lifetimeValue: null }] };
    fake.respond = (path, { url }) => {
      if (path === '/v1/custom-segments') return { body: { ...answers.customSegments, customSegments: [customSegment] } };
      const asked = path === '/v1/segments' && url.includes('at=2026-11-01') && url.includes('include=customSegments');
      return asked ? { body: { ...answers.segments, ...past } } : undefined;
    };
    await go(page, '/');
    await settled(page);
    const row = page.getByRole('region', { name: 'Table of custom segments' }).locator('tbody tr td.number');
    const now = await row.allInnerTexts();
    await page.getByLabel('As of', { exact: true }).fill('2026-11-01');
    await row.filter({ hasText: /^12$/ }).waitFor();
    const then = await row.allInnerTexts();
    fake.respond = () => undefined;
    return [now.slice(0, 3), then.slice(0, 3)];
  }

  function queryOf(path) {
    const { url } = fake.calls.findLast((call) => call.url.includes(path));
    const { breakdown, value, period } = Object.fromEntries(new URL(url, 'http://fake').searchParams);
    return { breakdown, value, period };
  }
}
