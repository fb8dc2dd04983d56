// Links within the dashboard, which load no page anew.
const ELSEWHERE = { path: '/quality', heading: 'Quality' };
const OTHERWISE = { path: '/insights', heading: 'Insights' };
const other = (path) => (path === ELSEWHERE.path ? OTHERWISE : ELSEWHERE);
const heading = (page, name) => page.locator('main h1', { hasText: name });

/** Another page first, since a link to the page that is shown asks for nothing. */
export async function leave(page, path) {
  const { path: elsewhere, heading: name } = other(path);
  await page.evaluate((to) => globalThis.next.router.push(to), elsewhere);
  await heading(page, name).waitFor();
}

/** The page, from where `leave` went. */
export async function enter(page, path) {
  await page.evaluate((to) => globalThis.next.router.push(to), path);
  await heading(page, other(path).heading).waitFor({ state: 'detached' });
  await page.locator('main h1').first().waitFor();
}
