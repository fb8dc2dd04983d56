import type { Schemas } from '../../lib/api/client';

export type Name = keyof Schemas['ThresholdValues'];

interface Part {
  segment: Schemas['Segment'];
  names: readonly (readonly [Name, string])[];
}

/** The thresholds by the segment that each bounds, in words. */
export const PARTS: readonly Part[] = [
  {
    segment: 'vip',
    names: [
      ['vip_minLifetimeValue', 'Lifetime value, at least'],
      ['vip_minOrders', 'or orders, at least'],
      ['vip_minAOV', 'with an average order of at least'],
    ],
  },
  {
    segment: 'high_value',
    names: [
      ['highValue_minAOV', 'Average order, at least'],
      ['highValue_maxOrders', 'Orders, fewer than'],
    ],
  },
  { segment: 'loyal', names: [['loyal_minOrders', 'Orders, at least']] },
  {
    segment: 'frequent',
    names: [
      ['frequent_minOrders', 'Orders, at least'],
      ['frequent_maxAOV', 'Average order, less than'],
    ],
  },
  { segment: 'new', names: [['new_maxDays', 'Days since first order, fewer than']] },
  { segment: 'slipping', names: [['slipping_minDays', 'Days since last order, at least']] },
  { segment: 'at_risk', names: [['atRisk_minDays', 'Days since last order, at least']] },
  { segment: 'churned', names: [['churned_minDays', 'Days since last order, at least']] },
];

export const NAMES: readonly Name[] = PARTS.flatMap(({ names }) => names.map(([name]) => name));

/** What somebody has typed, by name. */
export type Typed = Readonly<Record<Name, string>>;

export function typed(values: Readonly<Record<Name, number>>): Typed {
  return Object.fromEntries(NAMES.map((name) => [name, String(values[name])])) as Record<Name, string>;
}

/** What the API is sent: what is no number as it was typed, for the API to name the place. */
export function sent(values: Typed): Schemas['ThresholdValues'] {
  return Object.fromEntries(
    NAMES.map((name) => {
      const text = values[name].trim();
      return [name, text === '' || Number.isNaN(Number(text)) ? text : Number(text)];
    }),
  ) as unknown as Schemas['ThresholdValues'];
}
