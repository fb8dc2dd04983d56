// Links within the dashboard, which load no page anew.
const ELSEWHERE = ['/quality', '/insights'];

/** The page as a link leads to it, asked for afresh. */
export async function go(page, path) {
  await leave(page, path);
  await push(page, path);
}

/** Another page than this one and those with the same layout, if it is one of them that is shown. */
export async function leave(page, path) {
  if (layoutOf(page.url()) !== layoutOf(path)) return;
  await push(page, ELSEWHERE.find((other) => layoutOf(other) !== layoutOf(path)));
}

async function push(page, path) {
  await page.evaluate((to) => globalThis.next.router.push(to), path);
  await page.waitForURL((url) => url.pathname + url.search === path, { waitUntil: 'commit' });
}

function layoutOf(path) {
  return new URL(path, 'http://fake').pathname.split('/')[1];
}
