'use client';

import { useMemo } from 'react';

import { useSession } from '../session/session';
import { formatsOf, type Formats } from './format';
import { localeOf } from './locale';

/** How numbers are shown to this reader; `timeZone` is the organisation's, where an answer names it. */
export function useFormats(timeZone?: string | null): Formats {
  const { configuration } = useSession();
  return useMemo(
    () => formatsOf(localeOf(navigator.languages), configuration.currency, timeZone ?? undefined),
    [configuration.currency, timeZone],
  );
}
