// What a view of each page asks of the API, and what a second one does.
import { readFile } from 'node:fs/promises';

import { settled } from '../chromium.mjs';
import { go, leave } from './links.mjs';

export const VIEWS = JSON.parse(await readFile(new URL('../../views.json', import.meta.url), 'utf8'));

/** From each page to the calls of its first view and of its second one: path and status of each. */
export async function views({ page, fake }) {
  const found = {};
  await settled(page);
  for (const path of Object.keys(VIEWS)) {
    const [first, second] = [await view(path), await view(path)];
    found[path] = { asked: first.map(([asked]) => asked), again: second };
  }
  return found;

  async function view(path) {
    await leave(page, path);
    await settled(page);
    fake.calls.length = 0;
    await go(page, path);
    await settled(page);
    return fake.calls.map(({ path: asked, status }) => [asked, status]).sort();
  }
}
