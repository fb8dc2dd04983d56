// A Chromium that comes as a package, so that tests and screenshots need no browser of the system.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const UNFIT = /single-process|zygote|web-security|insecure-content|site-isolation|IsolateOrigins/;

/** The browser; ends the process with a sentence where there is none. */
export async function launch() {
  try {
    return await started();
  } catch (error) {
    const [reason] = error.message.split('\n');
    process.stderr.write(`No Chromium can be started, which \`make install\` installs: ${reason}\n`);
    return process.exit(1);
  }
}

async function started() {
  const { default: bundled } = await import('@sparticuz/chromium');
  const { chromium } = await import('playwright-core');
  // Without its emulated GPU: that draws on the CPUs that the page needs, and stops the page's main
  // thread for up to a second while it finishes the page before. No user's GPU does either.
  bundled.setGraphicsMode = false;
  // The others that go are for a place with one process, or would lift what the tests rely on: CORS,
  // secure contexts, and a process for each site.
  const own = bundled.args.filter((argument) => !UNFIT.test(argument));
  return chromium.launch({ executablePath: await bundled.executablePath(), args: [...own, '--disable-gpu'] });
}

export async function signIn(page, { address, email, password }) {
  await page.goto(address);
  await page.fill('input[name=email]', email);
  await page.fill('input[name=password]', password);
  await page.click('button[type=submit]');
  // Not the heading of the sign-in page, which has the word too.
  await page.getByRole('heading', { level: 1, name: 'Segments', exact: true }).waitFor();
}

/** Until every part of the page has its answer, be it that the API is busy. */
export async function settled(page) {
  await page.locator('main h1').waitFor();
  await page.waitForFunction(() => !document.querySelector('.skeleton, [aria-busy="true"]'));
}

/** Until every part of the page has its numbers. */
export async function complete(page) {
  await page.locator('main h1').waitFor();
  await page.waitForFunction(
    () => !document.querySelector('.skeleton, [aria-busy="true"], [data-retry]'),
  );
}

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds wrong with the page as it is: rule and element of each. */
export async function violations(page) {
  // Through the debugger, since the page's policy lets no foreign script in.
  const session = await page.context().newCDPSession(page);
  const loaded = await page.evaluate(() => 'axe' in globalThis);
  const { result } = await session.send('Runtime.evaluate', {
    expression: `${loaded ? '' : AXE};axe.run().then(({ violations }) => JSON.stringify(
      violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html))))`,
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  return JSON.parse(result.value);
}
