'use client';

import { useEffect, useState } from 'react';

import { useSession } from '../session/session';
import { whileSeen } from './whileSeen';

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
    return whileSeen({
      // Loaded after the first numbers are shown: it is as large as everything else together.
      load: () => import('./listeners'),
      listen: ({ listenToResult }) =>
        listenToResult({
          app,
          emulators: configuration.emulators,
          organization: own,
          name,
          show: setNewest,
        }),
    });
  }, [app, configuration, own, name]);

  return newest !== null && (computedAt === null || (computedAt !== undefined && newest > new Date(computedAt)));
}
