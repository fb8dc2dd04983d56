import { ApiError, problemOf } from './problem.ts';

/** From whether it must be a new one, to the ID token of whoever is signed in. */
export type TokenSource = (fresh: boolean) => Promise<string>;

interface Kept {
  etag: string;
  body: string;
  type: string;
}

const KEPT_ANSWERS = 50;

/**
 * A `fetch` that signs each request with the ID token, asks for what it has kept with If-None-Match,
 * and throws an ApiError for everything but a success. An expired token is replaced once.
 *
 * Answers are kept in memory alone, and the browser's own cache is passed by: they hold personal
 * data, which must be gone when this page is.
 */
export function signedFetch(
  token: TokenSource,
  send: typeof fetch = (...request) => fetch(...request),
): (request: Request) => Promise<Response> {
  const kept = new Map<string, Kept>();

  async function attempt(request: Request, fresh: boolean): Promise<Response> {
    const known = request.method === 'GET' ? kept.get(request.url) : undefined;
    const headers = new Headers(request.headers);
    headers.set('Authorization', `Bearer ${await token(fresh)}`);
    if (known) headers.set('If-None-Match', known.etag);
    let response: Response;
    try {
      response = await send(new Request(request.clone(), { headers, cache: 'no-store' }));
    } catch (error) {
      if (request.signal.aborted) throw error;
      throw new ApiError({ status: 0, detail: 'The API cannot be reached.' });
    }
    if (response.status === 304 && known) {
      return new Response(known.body, { status: 200, headers: { 'Content-Type': known.type, ETag: known.etag } });
    }
    return response;
  }

  async function keep(request: Request, response: Response): Promise<void> {
    const etag = response.headers.get('ETag');
    if (request.method !== 'GET' || etag === null) return;
    const body = await response.clone().text();
    kept.delete(request.url);
    kept.set(request.url, { etag, body, type: response.headers.get('Content-Type') ?? '' });
    for (const oldest of kept.keys()) {
      if (kept.size <= KEPT_ANSWERS) break;
      kept.delete(oldest);
    }
  }

  return async (request) => {
    let response = await attempt(request, false);
    if (response.status === 401) response = await attempt(request, true);
    if (!response.ok) throw await problemOf(response);
    await keep(request, response);
    return response;
  };
}
