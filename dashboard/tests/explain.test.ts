import assert from 'node:assert/strict';
import { test } from 'node:test';

import { explain } from '../lib/api/explain.ts';
import { ApiError } from '../lib/api/problem.ts';

const error = (status: number) => new ApiError({ status, detail: 'A detail.' });
const STATUSES = [0, 400, 401, 403, 404, 409, 412, 422, 428, 429, 500, 503];

test('each reason why an answer did not come reads differently, and says what to do', () => {
  const told = [explain(error(0), false), ...STATUSES.map((status) => explain(error(status), true))];
  assert.equal(new Set(told.map(({ title }) => title)).size, told.length);
  for (const { title, advice } of told) {
    assert.ok(title.length > 0 && !title.endsWith('.'));
    assert.ok(advice.endsWith('.'));
  }
});

test('without a network the connection is to blame only if no answer came', () => {
  assert.equal(explain(error(0), false).title, 'You are offline');
  assert.equal(explain(error(503), false).title, 'The API is busy');
});

test('a status that nobody expects is a failure', () => {
  assert.equal(explain(error(418), true).title, 'The API failed');
  assert.equal(explain(error(-1), true).title, 'The API failed');
});
