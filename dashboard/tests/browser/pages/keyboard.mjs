// The story without a pointer: from a cohort to a segment of its customers, a segment of one's own,
// other thresholds, and a campaign for a move between segments.
import { SOMEONE } from '../fake.mjs';

/** What was reached, step by step. */
export async function keyboard({ page, fake }) {
  const reached = [];
  const press = (key) => page.keyboard.press(key);
  const focused = () => page.evaluate(() => document.activeElement.textContent || document.activeElement.name);

  /** Tab until the focus is on something that says this. */
  async function tabTo(words, most = 60) {
    for (let pressed = 0; pressed < most; pressed += 1) {
      await press('Tab');
      if ((await focused()).trim().startsWith(words)) return;
    }
    throw new Error(`Tab never reached “${words}”.`);
  }

  /** Tab until the focus is on something of this kind. */
  async function tabToField(wanted, key = 'Tab', most = 80) {
    for (let pressed = 0; pressed < most; pressed += 1) {
      await press(key);
      if (await page.evaluate(`(${wanted})(document.activeElement)`)) return;
    }
    throw new Error(`Tab never reached ${wanted}.`);
  }

  /** The link with these words, as far as the page that it leads to. */
  async function follow(words, path) {
    await tabTo(words, 80);
    await press('Enter');
    await page.waitForURL((url) => url.pathname === path);
    await page.locator('main h1').waitFor();
  }

  await page.goto(fake.address);
  await page.locator('input[name=email]').waitFor();
  await page.keyboard.type(SOMEONE.email);
  await press('Tab');
  await page.keyboard.type(SOMEONE.password);
  await press('Enter');
  await page.locator('h1', { hasText: 'Segments' }).waitFor();
  reached.push('signed in');

  await tabTo('Analytics');
  await press('Enter');
  await page.waitForURL('**/analytics');
  await tabTo('Cohorts');
  await press('Enter');
  const grid = page.getByRole('grid', { name: 'Retention by cohort' });
  await grid.waitFor();
  reached.push('cohorts');

  // One stop for the whole table, and arrows inside.
  for (let pressed = 0; !(await page.evaluate(() => document.activeElement.dataset.cell)); pressed += 1) {
    if (pressed > 40) throw new Error('Tab never reached the heatmap.');
    await press('Tab');
  }
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowRight']) await press(key);
  reached.push(await page.evaluate(() => document.activeElement.dataset.cell));
  await press('Tab');
  reached.push(await page.evaluate(() => document.activeElement.dataset.cell ?? 'left the table'));
  await press('Shift+Tab');
  await press('Enter');
  await page.locator('#cell').waitFor();
  reached.push(await focused());

  await tabTo('Create segment');
  await press('Enter');
  await page.getByText('Created.').waitFor();
  await tabTo('See its customers');
  await press('Enter');
  await page.waitForURL('**/customers?segment=cs_0123456789ab');
  reached.push('its customers');

  // One stop for the rows of a table too.
  await page.locator('tbody th a').first().waitFor();
  await tabToField((link) => link.closest('tbody') !== null);
  for (const key of ['ArrowDown', 'ArrowDown', 'Tab']) {
    await press(key);
    reached.push(await page.evaluate(() => document.activeElement.closest('tr')?.cells[0].querySelector('a').textContent ?? 'left the rows'));
  }

  await follow('Segments', '/');
  await follow('New segment', '/segment');
  await tabTo('Add a condition');
  await press('Enter');
  await tabToField((field) => field.ariaLabel === 'Total spent', 'Shift+Tab');
  await page.keyboard.type('100');
  await page.locator('[data-preview]').waitFor();
  await tabToField((field) => field.closest('label')?.textContent === 'Name');
  await page.keyboard.type('Mine');
  await press('Enter');
  await page.waitForURL('**/segment?id=cs_0123456789ab');
  reached.push('a segment of one’s own');

  await follow('Thresholds', '/thresholds');
  await tabToField((field) => field.name === 'vip_minOrders');
  await press('Control+A');
  await page.keyboard.type('9');
  await page.locator('[data-moving]').waitFor();
  await tabTo('Save thresholds', 80);
  await press('Enter');
  await page.locator('[name=vip_minOrders]:not([aria-invalid=true])').waitFor();
  reached.push('saved thresholds');

  await follow('Analytics', '/analytics');
  await follow('Churn', '/analytics/churn');
  await page.getByRole('grid', { name: 'Customers by segment before and now' }).waitFor();
  await tabToField((cell) => cell.closest('table')?.ariaLabel === 'Customers by segment before and now');
  await press('ArrowRight');
  await press('Enter');
  await page.locator('#move').waitFor();
  reached.push(await focused());
  await tabTo('Start a campaign');
  await press('Enter');
  await page.locator('[data-reachable]').waitFor();
  const group = new URL(page.url()).searchParams;
  reached.push(`campaign from ${group.get('fromSegment')} to ${group.get('toSegment')}`);
  await tabTo('Create campaign', 80);
  await press('Enter');
  await page.waitForURL('**/campaign?id=sc_0123456789ab');
  reached.push('created');

  await tabTo('Sign out', 80);
  await press('Enter');
  await page.locator('input[name=email]').waitFor();
  reached.push('signed out');
  return reached;
}
