'use client';

import { useAccount } from '../session/account';
import { useCall, type Answer, type Ask } from './useCall';

export type { Answer } from './useCall';

/**
 * An answer for a page: asked for at once, and shown once the account is known, beside whose call it
 * runs. Until then nobody knows the currency of its amounts, nor which controls belong beside it.
 */
export function useAnswer<T>(key: string | null, ask: Ask<T>): Answer<T> {
  const account = useAccount();
  const answer = useCall(key, ask);
  return account === null ? { ...answer, data: undefined, error: undefined, loading: true } : answer;
}
