import type { components } from '../api/schema';

export type Account = components['schemas']['Me'];

/**
 * What `/v1/me` answered, if that is about the organisation at hand: the chosen one, or the account's own
 * where none is.
 */
export function accountOf(me: Account | undefined, chosen: string | null): Account | null {
  return me !== undefined && me.orgId === (chosen ?? me.ownOrgId) ? me : null;
}
