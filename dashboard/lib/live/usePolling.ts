'use client';

import { useEffect } from 'react';

import type { Answer } from '../api/useAnswer';

const SECONDS = 15;

/**
 * Reloads an answer while `wanted` and the page is looked at, `seconds` after the last one came: for
 * what nobody can listen to. A failure that may pass is asked again; an API that names a wait gets it.
 */
export function usePolling<T>(answer: Answer<T>, wanted: boolean, seconds = SECONDS): void {
  const { error, loading, reload } = answer;
  const waiting = wanted && !loading && (error === undefined || error.temporary);
  const pause = Math.max(seconds, error?.retryAfterSeconds ?? 0);
  useEffect(() => {
    if (!waiting) return;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') reload();
    }, pause * 1000);
    return () => clearInterval(timer);
  }, [reload, waiting, pause]);
}
