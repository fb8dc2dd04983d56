import createClient from 'openapi-fetch';

import type { components, paths } from './schema';
import { signedFetch, type TokenSource } from './transport.ts';

export type Schemas = components['schemas'];

export type Query<Path extends keyof paths> = paths[Path] extends { get: { parameters: { query?: infer Q } } }
  ? NonNullable<Q>
  : never;

/**
 * The API with the types of its description. `api` and `insights` are the base URLs of the two
 * functions, empty for the page's own origin; `organization` the one to ask for where it is not the
 * account's own. Calls throw an ApiError for everything but a success. Answers are kept: on a server, one
 * client per request.
 */
export function createApi(options: {
  api: string;
  insights: string;
  organization?: string | null;
  token: TokenSource;
}) {
  const signed = signedFetch(options.token);
  const fetch = (request: Request) => signed(forOrganization(request, options.organization));
  // A server has none.
  const here = globalThis.location?.origin;
  return {
    ...createClient<paths>({ baseUrl: options.api || here, fetch }),
    insights: createClient<paths>({ baseUrl: options.insights || here, fetch }),
  };
}

function forOrganization(request: Request, organization: string | null | undefined): Request {
  if (!organization) return request;
  const url = new URL(request.url);
  url.searchParams.set('org', organization);
  return new Request(url, request);
}

export type Api = ReturnType<typeof createApi>;

/** The body of an answer. There is one, since everything but a success throws. */
export async function answered<T>(call: Promise<{ data?: T }>): Promise<T> {
  const { data } = await call;
  return data as T;
}

/** The body of an answer with the ETag that a change of it must name. */
export async function tagged<T>(call: Promise<{ data?: T; response: Response }>): Promise<{ data: T; etag: string }> {
  const { data, response } = await call;
  return { data: data as T, etag: response.headers.get('ETag') ?? '' };
}

/** Headers that change the version of a document at hand and no other. */
export function ifMatch(etag: string): { 'If-Match': string } {
  return { 'If-Match': etag };
}

/** Headers that make a creating call safe to repeat. One key per thing that somebody wants created. */
export function idempotencyKey(key: string = crypto.randomUUID()): { 'Idempotency-Key': string } {
  return { 'Idempotency-Key': key };
}
