// The built dashboard with a fake API behind it, and an account that is signed in by a fake Firebase:
// for tests of the browser that need each answer as they want it, and none of the backend.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

import * as answers from '../../.tests/tests/answers.js';
import * as campaigns from '../../.tests/tests/campaignAnswers.js';
import * as settings from '../../.tests/tests/settingsAnswers.js';

const { paths } = JSON.parse(await readFile(new URL('../../../docs/openapi.json', import.meta.url), 'utf8'));
const OUT = new URL('../../out', import.meta.url).pathname;
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'application/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.txt': 'text/plain',
};
const CONFIGURATION = {
  api: '',
  insights: '',
  firebase: { apiKey: 'fake', projectId: 'fake' },
  emulators: null,
};

/** The routes that pages ask, each with its answer. */
export const ROUTES = {
  '/v1/me': answers.me,
  '/v1/segments': answers.segments,
  '/v1/segments/history': answers.history,
  '/v1/segments/suggestions': answers.suggestions,
  '/v1/custom-segments': answers.customSegments,
  '/v1/customers': answers.customers,
  '/v1/customers/key_ada': answers.customerDetail,
  '/v1/customers/key_ada/timeline': answers.timeline,
  '/v1/analytics/overview': answers.overview,
  '/v1/analytics/funnel': answers.funnel,
  '/v1/analytics/cohorts': answers.cohorts,
  '/v1/analytics/cohorts/2026-08/customers': answers.cohortCustomers,
  '/v1/analytics/affinity': answers.affinity,
  '/v1/analytics/products': answers.products,
  '/v1/analytics/churn': answers.churn,
  '/v1/analytics/transitions': answers.transitions,
  '/v1/analytics/transitions/customers': answers.transitionCustomers,
  '/v1/analytics/transitions/months': answers.months,
  '/v1/analytics/rfm': answers.rfm,
  '/v1/analytics/churn/prediction': answers.prediction,
  '/v1/analytics/forecast': answers.forecast,
  '/v1/analytics/quality': answers.quality,
  '/v1/campaigns': campaigns.campaigns,
  '/v1/campaigns:prefill': campaigns.draft,
  '/v1/campaigns/sc_0123456789ab': campaigns.campaign,
  '/v1/campaigns/sc_0123456789ab/members': campaigns.members,
  '/v1/campaigns/sc_0123456789ab/performance': campaigns.performance,
  '/v1/insights': answers.insights,
  '/v1/openapi.json': { paths: Object.fromEntries(Object.keys(paths).map((path) => [path, {}])) },
  '/v1/custom-segments/fields': settings.conditionFields,
  '/v1/custom-segments/cs_0123456789ab': settings.customSegment,
  '/v1/custom-segments:preview': settings.customSegmentPreview,
  '/v1/settings/thresholds': settings.thresholds,
  '/v1/settings/thresholds:preview': settings.thresholdsPreview,
  '/v1/settings/thresholds/status': settings.thresholdsStatus,
  '/v1/settings/thresholds/recommendation': settings.recommendation,
  '/v1/settings/thresholds/versions': settings.versions,
};

/** What is created where something is posted. */
const CREATED = { '/v1/custom-segments': { id: 'cs_0123456789ab' }, '/v1/campaigns': { id: 'sc_0123456789ab' } };

/**
 * Serves the dashboard until `close`. `calls` are the requests to the API so far, with the status of
 * each; `respond` may be replaced: from a path to `{status, body, headers}`, null for a connection that
 * breaks, `never` for one that stays open, undefined for the answer of ROUTES, or a promise of one.
 */
export async function fakeDashboard() {
  const fake = { calls: [], respond: () => undefined, address: '', close: () => {} };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://fake');
    if (pathname.startsWith('/v1/')) return api(fake, request, response, pathname);
    if (pathname === '/dashboard.json') return send(request, response, 200, JSON.stringify(CONFIGURATION), '.json');
    const name = pathname === '/' ? '/index.html' : extname(pathname) ? pathname : `${pathname}.html`;
    const body = await readFile(join(OUT, name)).catch(() => null);
    // As it is deployed: what carries a hash in its name is kept.
    const cached = name.startsWith('/_next/static/') ? 'public, max-age=31536000, immutable' : 'no-cache';
    return send(request, response, body ? 200 : 404, body ?? '', extname(name), cached);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  fake.address = `http://127.0.0.1:${server.address().port}`;
  fake.close = () => {
    server.closeAllConnections();
    server.close();
  };
  return fake;
}

async function api(fake, request, response, path) {
  const given = await fake.respond(path, request);
  if (given === 'never') return;
  if (given === null) {
    fake.calls.push({ path, url: request.url, status: 0 });
    request.socket.destroy();
    return;
  }
  const creates = request.method === 'POST' && path in CREATED;
  const usual = creates ? { status: 201, body: CREATED[path] } : { body: ROUTES[path] };
  const { status = 200, body, headers = {} } = given ?? usual;
  const text = JSON.stringify(body ?? { detail: `Nothing at ${path}.` });
  const etag = `"${createHash('sha256').update(text).digest('hex').slice(0, 16)}"`;
  const known = request.method === 'GET' && status === 200 && request.headers['if-none-match'] === etag;
  const sent = known ? 304 : body === undefined ? 404 : status;
  fake.calls.push({ path, url: request.url, status: sent });
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (sent === 200 || known) response.setHeader('ETag', etag);
  send(request, response, sent, known ? '' : text, sent < 400 ? '.json' : '.problem');
}

function send(request, response, status, body, kind, cached = 'no-store') {
  const compressed = gzipSync(body);
  response.writeHead(status, {
    'Content-Type': TYPES[kind] ?? 'application/problem+json',
    'Content-Encoding': 'gzip',
    'Content-Length': status === 304 ? 0 : compressed.length,
    'Cache-Control': cached,
  });
  response.end(status === 304 ? undefined : compressed);
}

/** Answers for Firebase: anyone may sign in, with a token that says nothing of a role. Firestore never answers. */
export async function fakeFirebase(context) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const seconds = Math.floor(Date.now() / 1000);
  const claims = { sub: 'someone', user_id: 'someone', iat: seconds, auth_time: seconds, exp: seconds + 3600 };
  const idToken = `${part({ alg: 'none' })}.${part(claims)}.`;
  const json = (body) => ({
    contentType: 'application/json',
    headers: { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*' },
    body: JSON.stringify(body),
  });
  const user = { localId: 'someone', email: 'someone@example.com' };
  await context.route('https://identitytoolkit.googleapis.com/**', (route) =>
    route.fulfill(
      json(
        route.request().url().includes('accounts:lookup')
          ? { users: [user] }
          : { ...user, idToken, refreshToken: 'fake', expiresIn: '3600', registered: true },
      ),
    ),
  );
  await context.route('https://securetoken.googleapis.com/**', (route) =>
    route.fulfill(json({ id_token: idToken, access_token: idToken, refresh_token: 'fake', expires_in: '3600', user_id: 'someone' })),
  );
  await context.route('https://firestore.googleapis.com/**', () => {});
  await context.route('https://www.google.com/**', (route) => route.abort());
}

export const SOMEONE = { email: 'someone@example.com', password: 'of no account' };
