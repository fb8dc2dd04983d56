'use client';

import { createContext, useContext } from 'react';

import type { Schemas } from '../api/client';
import type { Account } from './accountOf';

/** The account and the organisation at hand, as the API has them; null until it has answered. */
export const AccountContext = createContext<Account | null>(null);

export function useAccount(): Account | null {
  return useContext(AccountContext);
}

/** Whether the account may change this; false until the API has said so. */
export function useMayChange(what: Schemas['Change']): boolean {
  return useAccount()?.mayChange.includes(what) ?? false;
}

/** Whether the account may make calls that read every customer; false until the API has said so. */
export function useMayReadAll(): boolean {
  return useAccount()?.mayReadAll ?? false;
}
