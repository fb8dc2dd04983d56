// What somebody changes: a segment of their own, the thresholds, a campaign. Each gives what it saw.
import { settled } from './chromium.mjs';

/** Builds a segment from nothing, mistypes at first, saves it and waits until it is evaluated. */
export async function buildSegment(page, address, name) {
  await page.goto(address);
  await page.getByRole('link', { name: 'New segment' }).click();
  await page.getByRole('button', { name: 'Add a condition' }).click();
  await page.getByLabel('Field').selectOption('totalSpent');
  await page.getByLabel('Total spent').fill('much');
  const refused = await page.getByRole('alert').filter({ hasText: 'amount' }).textContent();
  await page.getByLabel('Total spent').fill('100');
  const previewed = await page.locator('[data-preview]').textContent();
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByRole('button', { name: 'Save segment' }).click();
  await page.waitForURL('**/segment?id=cs_*');
  const place = page.url();
  await page.getByText('Up to date').waitFor();
  const members = await page.locator('[data-members]').textContent();
  await page.getByRole('link', { name: 'See its customers' }).click();
  await page.locator('tbody th a').first().waitFor();
  const listed = await page.locator('tbody tr').count();
  return { place, seen: { refused: refused.trim(), previewed, members, listed } };
}

/** Doubles what makes a VIP, sees who would move, saves, and waits until everybody is evaluated. */
export async function raiseThresholds(page, address) {
  await page.goto(`${address}/thresholds`);
  await page.locator('[name=vip_minLifetimeValue]').fill('5000');
  await page.locator('[name=vip_minAOV]').fill('5000');
  const moving = await page.locator('[data-moving]').textContent();
  await page.getByRole('button', { name: 'Save thresholds' }).click();
  await page.getByText('Version 1 in force').waitFor();
  await page.locator('[data-evaluated]').waitFor();
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Segments' }).click();
  await page.locator('[data-count=vip]', { hasText: /^0$/ }).waitFor();
  return { moving };
}

/** Plans a campaign from a card and creates it, nobody held out. */
export async function planCampaign(page, address, segment) {
  await page.goto(address);
  await page.getByRole('link', { name: `Start a campaign for ${segment}` }).click();
  await page.locator('[data-reachable]').waitFor();
  await settled(page);
  const rows = page.getByRole('region', { name: 'Table of who is left out' }).locator('tbody tr');
  const reach = await rows.evaluateAll((all) =>
    Object.fromEntries(
      all.map((row) => [row.cells[0].textContent, Number(row.cells[1].textContent)]).filter(([, count]) => count),
    ),
  );
  await page.getByRole('radio', { name: /Nobody held out/ }).check();
  await page.getByRole('button', { name: 'Create campaign' }).click();
  await page.waitForURL('**/campaign?id=*');
  await page.getByText('Ready', { exact: true }).waitFor();
  return { place: page.url(), reach };
}

/** What on the page at hand would change something. */
export async function actions(page) {
  const wanted = /^(Create|New|Start|Save|Delete|Restore|Mark as|Cancel|Try these|Fill in|Add |Remove)/;
  const found = page.locator('main').locator('button:enabled, a.button, [class*=campaign]');
  const texts = await found.allInnerTexts();
  const inputs = await page.locator('main fieldset input:enabled, main fieldset select:enabled').count();
  return texts.filter((text) => wanted.test(text)).length + inputs;
}
