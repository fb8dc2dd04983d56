import type { Schemas } from '../../lib/api/client';

export const UNMEASURABLE: Readonly<Record<Schemas['Unmeasurable'], string>> = {
  no_holdout: 'Nobody was held out.',
  too_few: 'Too few customers were written to or held out.',
  nothing_bought: 'Nobody bought anything.',
  low_coverage: 'Spend varies too much for a range that can be trusted.',
};

export const REMEDIES: Readonly<Record<Schemas['Remedy'], string>> = {
  larger_holdout: 'Hold out half next time.',
  longer_window: 'Count orders for longer.',
  orders: 'Look at orders, which can be measured.',
};

export const UNKNOWN: Readonly<Record<Schemas['Unknown'], string>> = {
  cost_unknown: 'enter its cost',
  margin_unknown: 'enter its margin',
  no_cost: 'it cost nothing',
  not_measured: 'not measured yet',
  not_measurable: 'not measurable',
  discount_unknown: 'no message is known to have been sent',
};

/** The two ends of a range in words; a dash where it is not known. */
export function interval(
  low: number | null | undefined,
  high: number | null | undefined,
  shown: (value: number) => string,
): string {
  return low == null || high == null ? '–' : `${shown(low)} to ${shown(high)}`;
}
