// What the dashboard shows of the account and its organisation, and which controls follow: the API says
// it, and no token does.
import { me } from '../../../.tests/tests/answers.js';
import { actions } from '../changes.mjs';
import { settled } from '../chromium.mjs';

const CHANGING = [
  '/',
  '/segment?id=cs_0123456789ab',
  '/thresholds',
  '/campaigns',
  '/campaigns/new?segment=churned',
  '/campaign?id=sc_0123456789ab',
];
const OTHER = 'org_other';

/** What is shown to somebody who may name any organisation, to a reader, and while the API says nothing. */
export async function account({ page, fake, go }) {
  const who = () => page.locator('[data-account]').textContent();
  async function as(answers) {
    fake.respond = (path, { url }) => {
      if (path !== '/v1/me') return undefined;
      const named = new URL(url, fake.address).searchParams.get('org');
      const answer = answers(named);
      return 'status' in answer ? answer : { body: { ...me, ...answer } };
    };
    await page.goto(fake.address);
    await settled(page);
  }

  // In the other organisation, the API says, nothing may be changed.
  const any = { role: 'super_user', namableOrganizations: 'any', otherOrgIds: [OTHER] };
  await as((named) => (named === null ? any : { ...any, orgId: named, mayChange: [], currency: 'EUR' }));
  const own = { who: await who(), actions: await actions(page) };
  const offered = await page.locator('#organisations option').evaluateAll((all) => all.map(({ value }) => value));
  fake.calls.length = 0;
  await page.getByLabel('Organisation').fill(OTHER);
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await page.locator('[data-account]', { hasText: OTHER }).waitFor();
  await settled(page);
  const other = {
    who: await who(),
    actions: await actions(page),
    euros: (await page.locator('li[data-segment=vip]').textContent()).includes('€'),
    polled: await page.getByText('Every 15 s').count(),
    named: [...new Set(fake.calls.map(({ url }) => new URL(url, fake.address).searchParams.get('org')))],
  };

  await as(() => ({ role: 'budtender', mayChange: [], mayReadAll: false }));
  const reader = { who: await who(), actions: {}, files: 0 };
  for (const path of CHANGING) {
    await go(page, path);
    await settled(page);
    reader.actions[path] = await actions(page);
  }
  await go(page, '/customers');
  await settled(page);
  reader.files = await page.getByRole('button', { name: 'Download CSV' }).count();

  // Without it nobody knows the currency: no number is shown rather than one that may be wrong.
  await as(() => ({ status: 500, body: { detail: 'Nobody knows.' } }));
  const failed = { said: await page.locator('main').innerText(), cards: await page.locator('[data-count]').count() };
  fake.respond = () => undefined;
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('[data-count]').first().waitFor();
  await settled(page);
  return { own, offered, other, reader, failed };
}
