'use client';

import { useEffect, useState } from 'react';

import { useSession } from '../session/session';

/**
 * Whether a nightly result has been computed again since the one that is shown. Listens to the account's
 * own organisation while the page is in sight; `name` is null where there is nothing to listen to.
 */
export function useNewerResult(options: {
  organization: string | undefined;
  name: string | null;
  computedAt: string | null | undefined;
}): boolean {
  const { organization, name, computedAt } = options;
  const { app, configuration, organization: chosen } = useSession();
  const [newest, setNewest] = useState<Date | null>(null);
  // The rules let nobody listen to another organisation than their own.
  const own = chosen === null ? organization : undefined;

  useEffect(() => {
    setNewest(null);
    if (own === undefined || name === null) return;
    let left = false;
    let stop: (() => void) | null = null;

    async function begin(organization: string, name: string) {
      // Loaded after the first numbers are shown: it is as large as everything else together.
      const { listenToResult } = await import('./listeners');
      if (left || stop !== null || document.visibilityState !== 'visible') return;
      stop = listenToResult({
        app,
        emulators: configuration.emulators,
        organization,
        name,
        show: setNewest,
      });
    }
    function end() {
      stop?.();
      stop = null;
    }
    function onVisibility() {
      if (document.visibilityState === 'visible') void begin(own!, name!);
      else end();
    }

    document.addEventListener('visibilitychange', onVisibility);
    void begin(own, name);
    return () => {
      left = true;
      document.removeEventListener('visibilitychange', onVisibility);
      end();
    };
  }, [app, configuration, own, name]);

  return newest !== null && (computedAt === null || (computedAt !== undefined && newest > new Date(computedAt)));
}
