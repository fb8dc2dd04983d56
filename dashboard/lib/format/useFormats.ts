'use client';

import { useMemo } from 'react';

import { useAccount } from '../session/account';
import { formatsOf, type Formats } from './format';
import { localeOf } from './locale';

/** How numbers are shown to this reader; `timeZone` is that of an answer, the organisation's by default. */
export function useFormats(timeZone?: string | null): Formats {
  const account = useAccount();
  const currency = account?.currency;
  const zone = timeZone ?? account?.timeZone;
  return useMemo(() => formatsOf(localeOf(navigator.languages), currency, zone), [currency, zone]);
}
