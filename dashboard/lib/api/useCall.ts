'use client';

import { useCallback, useEffect, useState } from 'react';

import { useSession } from '../session/session';
import type { Api } from './client';
import { ApiError } from './problem';

/** An answer of the API, the wait for it, or the reason why there is none. */
export interface Answer<T> {
  /**
   * The newest answer; that of earlier arguments while one for others is on its way. Where a reload
   * failed, the answer before it.
   */
  data: T | undefined;
  error: ApiError | undefined;
  loading: boolean;
  reload(): void;
}

export type Ask<T> = (api: Api, signal: AbortSignal) => Promise<T>;

/**
 * Asks the API when shown, whenever `key` changes, and on `reload`. `key` names the arguments that
 * `ask` uses; null asks nothing.
 */
export function useCall<T>(key: string | null, ask: Ask<T>): Answer<T> {
  const { api } = useSession();
  const [attempt, setAttempt] = useState(0);
  const [{ data, error, loading }, setState] = useState<Omit<Answer<T>, 'reload'> & { of: string | null }>({
    of: null,
    data: undefined,
    error: undefined,
    loading: true,
  });
  const reload = useCallback(() => setAttempt((number) => number + 1), []);

  useEffect(() => {
    if (key === null) return;
    const leaving = new AbortController();
    setState((known) => ({ ...known, loading: true }));
    ask(api, leaving.signal).then(
      (data) => {
        if (!leaving.signal.aborted) setState({ of: key, data, error: undefined, loading: false });
      },
      (error: unknown) => {
        if (leaving.signal.aborted) return;
        if (error instanceof SyntaxError) error = new ApiError({ status: -1, detail: 'The answer cannot be read.' });
        if (!(error instanceof ApiError)) throw error;
        setState((known) => ({ of: key, data: known.of === key ? known.data : undefined, error, loading: false }));
      },
    );
    return () => leaving.abort();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `key` stands for `ask`, which is another function at each render.
  }, [api, key, attempt]);

  return { data, error, loading, reload };
}
