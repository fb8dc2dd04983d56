// Every page in a real browser, against a fake API: prints as one JSON object what each part saw.
import { launch, signIn } from './chromium.mjs';
import { fakeDashboard, fakeFirebase, SOMEONE } from './fake.mjs';
import { account } from './pages/account.mjs';
import { accessible } from './pages/accessible.mjs';
import { campaigns } from './pages/campaigns.mjs';
import { hostile } from './pages/hostile.mjs';
import { keyboard } from './pages/keyboard.mjs';
import { journeys } from './pages/journeys.mjs';
import { go } from './pages/links.mjs';
import { polling } from './pages/polling.mjs';
import { states } from './pages/states.mjs';
import { views } from './pages/views.mjs';

const errors = [];
const fake = await fakeDashboard();
const browser = await launch();
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
  context.setDefaultTimeout(30_000);
  await fakeFirebase(context);
  const page = await context.newPage();
  page.on('pageerror', (error) => errors.push(String(error.stack)));
  page.on('console', (message) => {
    const text = message.text();
    // What the browser itself says of every status from 400 on; and its words on Firestore, which is
    // not there: its client looks with an image whether anything can be reached.
    const expected = text.startsWith('Failed to load resource') || /firestore|cleardot/i.test(text);
    if (message.type() === 'error' && !expected) errors.push(text);
  });
  const at = { page, context, fake, go };
  const reached = await keyboard(at);
  await signIn(page, { address: fake.address, ...SOMEONE });
  const found = {
    reached,
    views: await views(at),
    journeys: await journeys(at),
    accessible: await accessible(at),
    account: await account(at),
    campaigns: await campaigns(at),
    hostile: await hostile(at),
    polling: await polling(at),
    states: await states(at),
    errors,
  };
  process.stdout.write(`${JSON.stringify(found)}\n`);
} finally {
  await browser.close();
  fake.close();
}
