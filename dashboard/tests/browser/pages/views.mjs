// What a view of each page asks of the API, and what a second one does.
import { readFile } from 'node:fs/promises';

import { settled } from '../chromium.mjs';
import { enter, leave } from './links.mjs';

export const VIEWS = JSON.parse(await readFile(new URL('../../views.json', import.meta.url), 'utf8'));

/** From each page to the paths that its first view asked, and the statuses of its second one. */
export async function views({ page, fake }) {
  const found = {};
  await settled(page);
  for (const path of Object.keys(VIEWS)) {
    // A page that is loaded anew has kept no answers.
    fake.calls.length = 0;
    await page.goto(fake.address + path);
    await settled(page);
    const asked = fake.calls.map((call) => call.path);
    await leave(page, path);
    await settled(page);
    fake.calls.length = 0;
    await enter(page, path);
    await settled(page);
    found[path] = { asked: asked.sort(), again: fake.calls.map(({ status }) => status) };
  }
  return found;
}
