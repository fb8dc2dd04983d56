'use client';

import { useCallback, useState } from 'react';

import { ApiError } from './problem';

export interface Change {
  busy: boolean;
  error: ApiError | null;
  /** Runs a call that changes something; its answer, or null where the API refused it: `error` says why. */
  run<T>(call: () => Promise<T>): Promise<T | null>;
  forget(): void;
}

/** A call that changes something: whether it is on its way, and why it was refused. */
export function useChange(): Change {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const run = useCallback(async <T,>(call: () => Promise<T>): Promise<T | null> => {
    setBusy(true);
    setError(null);
    try {
      return await call();
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      setError(problem);
      return null;
    } finally {
      setBusy(false);
    }
  }, []);
  const forget = useCallback(() => setError(null), []);
  return { busy, error, run, forget };
}
