// What the pages of campaigns say: what earlier ones brought, and one campaign by segment and by day.
import { settled } from '../chromium.mjs';
import { draft } from '../../../.tests/tests/campaignAnswers.js';

const WIZARD = '/campaigns/new?segment=churned';

/** The texts of the tables, row by row, and what is said of the next campaign. */
export async function campaigns({ page, fake, go }) {
  await go(page, WIZARD);
  await settled(page);
  const estimated = await earlier(page);
  fake.respond = (path) =>
    path === '/v1/campaigns:prefill'
      ? { body: { ...draft, measuredLifts: draft.measuredLifts.slice(0, 2), expectedLift: null } }
      : undefined;
  await go(page, WIZARD);
  await settled(page);
  const two = await earlier(page);
  fake.respond = (path) =>
    path === '/v1/campaigns:prefill' ? { body: { ...draft, measuredLifts: [], expectedLift: null } } : undefined;
  await go(page, WIZARD);
  await settled(page);
  const none = await earlier(page);
  fake.respond = () => undefined;
  await go(page, '/campaign?id=sc_0123456789ab');
  await settled(page);
  return {
    estimated,
    two,
    none,
    segments: await rows(page, 'Table of segments'),
    days: await rows(page, 'Table of days'),
  };
}

async function earlier(page) {
  const [said] = await page.locator('section[aria-labelledby=earlier] > p').allInnerTexts();
  return { said, rows: await rows(page, 'Table of earlier campaigns') };
}

async function rows(page, name) {
  const found = await page.getByRole('region', { name }).locator('tbody tr').all();
  return Promise.all(found.map((row) => row.locator('th, td').allInnerTexts()));
}
