// Gives every exported page a content security policy that names its own inline scripts by hash, so
// that no other one runs. What depends on a deployment (where the page may connect to, and who may
// frame it) is in the headers of firebase.json.
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FOLDER = new URL('../out', import.meta.url).pathname;
const INLINE = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g;

function policy(page) {
  const hashes = [...page.matchAll(INLINE)].map(
    ([, script]) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  );
  return [
    `script-src 'self' ${[...new Set(hashes)].join(' ')}`,
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-src 'none'",
    "worker-src 'none'",
  ].join('; ');
}

const files = await readdir(FOLDER, { recursive: true });
for (const name of files.filter((file) => file.endsWith('.html'))) {
  const path = join(FOLDER, name);
  const page = await readFile(path, 'utf8');
  const tag = `<meta http-equiv="Content-Security-Policy" content="${policy(page)}"/>`;
  // Before any script: a policy holds for what comes after it.
  await writeFile(path, page.replace('<head>', `<head>${tag}`));
}
