'use client';

import { useEffect } from 'react';

const SECONDS = 15;

/** Reloads every so many seconds while the page is looked at: for what nobody can listen to. */
export function usePolling(reload: () => void, wanted: boolean, seconds = SECONDS): void {
  useEffect(() => {
    if (!wanted) return;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') reload();
    }, seconds * 1000);
    return () => clearInterval(timer);
  }, [reload, wanted, seconds]);
}
