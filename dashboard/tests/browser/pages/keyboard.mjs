// The way from signing in to a custom segment of a cohort's customers, without a pointer.
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

  await tabTo('Sign out', 80);
  await press('Enter');
  await page.locator('input[name=email]').waitFor();
  reached.push('signed out');
  return reached;
}
