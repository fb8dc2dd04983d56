import assert from 'node:assert/strict';
import { test } from 'node:test';

import { answered, createApi } from '../lib/api/client.ts';
import { FIRST, next, pageOf, previous, tokenOf } from '../lib/api/paging.ts';
import { ApiError, problemOf, retryAfter } from '../lib/api/problem.ts';
import { signedFetch } from '../lib/api/transport.ts';
import { accountOf } from '../lib/session/accountOf.ts';
import { me } from './answers.ts';

const URL_OF_SEGMENTS = 'https://api.example.com/v1/segments';

function api(answers: Response[]) {
  const requests: Request[] = [];
  const call = signedFetch(
    (fresh) => Promise.resolve(fresh ? 'fresh' : 'token'),
    (request) => {
      requests.push(request as Request);
      const answer = answers.shift();
      return answer ? Promise.resolve(answer) : Promise.reject(new TypeError('Failed to fetch'));
    },
  );
  return { call: (init?: RequestInit) => call(new Request(URL_OF_SEGMENTS, init)), requests };
}

const header = (request: Request | undefined, name: string) => request?.headers.get(name) ?? null;

test('an answer that is still right comes from memory, and the browser keeps none', async () => {
  const { call, requests } = api([
    new Response('{"orgId":"a"}', { headers: { ETag: '"1"' } }),
    new Response(null, { status: 304 }),
  ]);
  assert.deepEqual(await (await call()).json(), { orgId: 'a' });
  assert.deepEqual(await (await call()).json(), { orgId: 'a' });
  assert.equal(header(requests[0], 'If-None-Match'), null);
  assert.equal(header(requests[1], 'If-None-Match'), '"1"');
  assert.equal(header(requests[1], 'Authorization'), 'Bearer token');
  assert.deepEqual(
    requests.map(({ cache }) => cache),
    ['no-store', 'no-store'],
  );
});

test('an expired token is replaced once', async () => {
  const refused = () => new Response('{"detail":"expired"}', { status: 401 });
  const { call, requests } = api([refused(), new Response('{}')]);
  assert.equal((await call()).status, 200);
  assert.deepEqual(
    requests.map((request) => header(request, 'Authorization')),
    ['Bearer token', 'Bearer fresh'],
  );
  await assert.rejects(api([refused(), refused()]).call(), { name: 'ApiError', status: 401 });
});

test('a call that changes something is sent with its body, also for the second time', async () => {
  const { call, requests } = api([new Response('{}', { status: 401 }), new Response('{}', { status: 201 })]);
  await call({ method: 'POST', body: '{"name":"a"}', headers: { 'Idempotency-Key': 'k' } });
  assert.equal(await requests[1]?.text(), '{"name":"a"}');
  assert.equal(header(requests[1], 'Idempotency-Key'), 'k');
});

test('no answer at all is an error of its own', async () => {
  await assert.rejects(api([]).call(), (error) => error instanceof ApiError && error.unreachable);
});

test('a problem says what is wrong with which part', async () => {
  const error = await problemOf(
    new Response(
      JSON.stringify({
        type: 'urn:problem:invalid',
        detail: 'The body is invalid.',
        errors: [{ parameter: null, pointer: '/filters/0', detail: 'must be a number' }, 'other'],
      }),
      { status: 400 },
    ),
  );
  assert.equal(error.message, 'The body is invalid.');
  assert.equal(error.type, 'urn:problem:invalid');
  assert.deepEqual(error.items, [{ parameter: null, pointer: '/filters/0', detail: 'must be a number' }]);
});

test('an answer that is no problem document still is a problem', async () => {
  const error = await problemOf(new Response('<html>', { status: 502 }));
  assert.equal(error.message, 'The API answered 502.');
  assert.deepEqual(error.items, []);
});

test('Retry-After is a number of seconds or a date', () => {
  const now = new Date('2026-01-01T00:00:00Z');
  assert.equal(retryAfter('7', now), 7);
  assert.equal(retryAfter('Thu, 01 Jan 2026 00:00:30 GMT', now), 30);
  assert.equal(retryAfter('Wed, 31 Dec 2025 00:00:00 GMT', now), 0);
  assert.equal(retryAfter('soon', now), null);
  assert.equal(retryAfter(null, now), null);
});

test('pages are gone through forwards and back', () => {
  assert.equal(tokenOf(FIRST), undefined);
  const third = next(next(FIRST, 'two'), 'three');
  assert.deepEqual([pageOf(third), tokenOf(third)], [3, 'three']);
  assert.deepEqual([pageOf(previous(third)), tokenOf(previous(third))], [2, 'two']);
  assert.deepEqual(previous(FIRST), FIRST);
});

test('nothing is known of the account in another organisation until the API has said it', () => {
  assert.equal(accountOf(undefined, null), null);
  assert.equal(accountOf(me, null), me);
  assert.equal(accountOf(me, 'org_other'), null);
  const there = { ...me, orgId: 'org_other' };
  assert.equal(accountOf(there, 'org_other'), there);
  assert.equal(accountOf(there, null), null);
});

test('a server, which has no page, calls with the token of its request', async (context) => {
  const requests: Request[] = [];
  context.mock.method(globalThis, 'fetch', (request: Request) => {
    requests.push(request);
    return Promise.resolve(Response.json({ segments: [] }));
  });
  const client = createApi({ api: 'https://api.example.com', insights: '', token: () => Promise.resolve('cookie') });
  assert.deepEqual(await answered(client.GET('/v1/segments')), { segments: [] });
  assert.equal(requests[0]?.url, URL_OF_SEGMENTS);
  assert.equal(header(requests[0], 'Authorization'), 'Bearer cookie');
});
