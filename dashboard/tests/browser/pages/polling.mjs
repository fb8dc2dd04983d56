// Progress that is asked for again and again, of an API that is slower than that or fails in between.
import { setTimeout } from 'node:timers/promises';

import { thresholdsStatus } from '../../../.tests/tests/settingsAnswers.js';

const STATUS = '/v1/settings/thresholds/status';
const SLOW_MILLISECONDS = 2_500;

/** The notices on the way to the end of an evaluation: a failure, and what it says in the end. */
export async function polling({ page, fake, go }) {
  const running = { body: { ...thresholdsStatus, status: 'running', processed: 400, completedAt: null } };
  const failure = { status: 500, body: { detail: 'The status failed.' } };
  const sequence = [running, failure, running];
  fake.respond = async (path) => {
    if (path !== STATUS) return undefined;
    await setTimeout(SLOW_MILLISECONDS);
    return sequence.shift();
  };
  await go(page, '/thresholds');
  const failed = page.locator('main .notice', { hasText: 'The status failed.' });
  await failed.waitFor();
  await failed.waitFor({ state: 'detached' });
  const evaluated = await page.locator('[data-evaluated]').textContent();
  fake.respond = () => undefined;
  return evaluated;
}
