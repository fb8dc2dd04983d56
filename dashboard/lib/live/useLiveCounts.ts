'use client';

import { useEffect, useState } from 'react';

import { useSession } from '../session/session';
import type { LiveCounts } from './shards';
import { RENDER_MILLISECONDS, throttled } from './throttle';
import { whileSeen } from './whileSeen';

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
    const renders = throttled<LiveCounts>(
      (counts) => setLive({ counts, status: 'live' }),
      RENDER_MILLISECONDS,
    );
    return whileSeen({
      // Loaded after the first numbers are shown: it is as large as everything else together.
      load: () => import('./listeners'),
      listen({ listenToCounts }) {
        const stop = listenToCounts({
          app,
          emulators: configuration.emulators,
          organization,
          show: renders.push,
          end: () => setLive({ counts: null, status: 'denied' }),
        });
        return () => {
          stop();
          renders.cancel();
        };
      },
      connecting: () => setLive((known) => ({ ...known, status: 'connecting' })),
      paused: () => setLive((known) => ({ ...known, status: 'paused' })),
      failed: () => setLive({ counts: null, status: 'denied' }),
    });
  }, [app, configuration, organization]);

  return live;
}
