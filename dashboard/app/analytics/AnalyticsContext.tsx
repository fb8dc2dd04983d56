'use client';

import { createContext, useContext } from 'react';

import type { Schemas } from '../../lib/api/client';
import type { Answer } from '../../lib/api/useAnswer';
import type { Formats } from '../../lib/format/format';

/** What the pages of Analytics share: the overview is asked for once, and knows the time zone. */
export interface Analytics {
  overview: Answer<Schemas['Overview']>;
  formats: Formats;
}

export const AnalyticsContext = createContext<Analytics | null>(null);

export function useAnalytics(): Analytics {
  const found = useContext(AnalyticsContext);
  if (found === null) throw new Error('This is not below the layout of Analytics.');
  return found;
}
