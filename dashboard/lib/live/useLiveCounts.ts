'use client';

import { useEffect, useState } from 'react';

import { useSession } from '../session/session';
import type { LiveCounts } from './shards';
import { throttled } from './throttle';

/** At most two renders a second, however many orders come. */
const RENDER_MILLISECONDS = 500;
/** A tab that nobody has looked at for so long listens no more. */
const HIDDEN_MILLISECONDS = 60_000;

export type LiveStatus = 'connecting' | 'live' | 'paused' | 'denied' | 'off';

export interface Live {
  counts: LiveCounts | null;
  status: LiveStatus;
}

/**
 * An organisation's counts as they change. `organization` is null while it is not known, and for one
 * that the rules let this account not listen to: then the status is `off`.
 */
export function useLiveCounts(organization: string | null): Live {
  const { app, configuration } = useSession();
  const [live, setLive] = useState<Live>({ counts: null, status: 'off' });

  useEffect(() => {
    if (organization === null) {
      setLive({ counts: null, status: 'off' });
      return;
    }
    let stop: (() => void) | null = null;
    let hiding: ReturnType<typeof setTimeout> | undefined;
    let left = false;
    const renders = throttled<LiveCounts>(
      (counts) => setLive({ counts, status: 'live' }),
      RENDER_MILLISECONDS,
    );

    async function begin() {
      if (stop !== null) return;
      setLive((known) => ({ ...known, status: 'connecting' }));
      // Loaded after the first numbers are shown: it is as large as everything else together.
      const { listenToCounts } = await import('./listeners');
      if (left || stop !== null || organization === null) return;
      stop = listenToCounts({
        app,
        emulators: configuration.emulators,
        organization,
        show: renders.push,
        end: () => setLive({ counts: null, status: 'denied' }),
      });
    }

    function end() {
      stop?.();
      stop = null;
      renders.cancel();
    }

    function onVisibility() {
      clearTimeout(hiding);
      if (document.visibilityState === 'visible') {
        void begin();
        return;
      }
      hiding = setTimeout(() => {
        end();
        setLive((known) => ({ ...known, status: 'paused' }));
      }, HIDDEN_MILLISECONDS);
    }

    document.addEventListener('visibilitychange', onVisibility);
    void begin();
    return () => {
      left = true;
      document.removeEventListener('visibilitychange', onVisibility);
      clearTimeout(hiding);
      end();
    };
  }, [app, configuration, organization]);

  return live;
}
