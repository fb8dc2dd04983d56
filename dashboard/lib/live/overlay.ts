import type { Schemas } from '../api/client';
import type { Counts, LiveCounts } from './shards';

type Segments = Schemas['Segments'];

/** Null is what nobody knows. */
export interface CustomCount {
  customers: number | null;
  /** Of all customers, 0 to 1. */
  share: number | null;
  lifetimeValue: number | null;
}

const NOBODY: Counts = { customers: 0, orders: 0, lifetime_value_cents: 0 };

/** Whether customers are counted under other rules than those that the answer names. */
function isBehind({ thresholdsVersion, rulesRevision }: Segments, { rules }: LiveCounts): boolean {
  const inForce = `${thresholdsVersion}.${rulesRevision}`;
  return Object.entries(rules).some(([key, customers]) => key !== inForce && customers > 0);
}

/** An answer of `/v1/segments` with what a listener has said since; unchanged before it has. */
export function withLiveCounts(segments: Segments, live: LiveCounts | null): Segments {
  if (live === null) return segments;
  const counts = segments.segments.map(({ id }) => live.segments[id] ?? NOBODY);
  const total = counts.reduce((sum, { customers }) => sum + customers, 0);
  return {
    ...segments,
    stale: segments.stale || isBehind(segments, live),
    totalCustomers: total,
    segments: segments.segments.map((segment, index) => {
      const { customers, orders, lifetime_value_cents: cents } = counts[index] ?? NOBODY;
      return {
        ...segment,
        count: customers,
        share: total === 0 ? null : customers / total,
        lifetimeValue: cents / 100,
        averageOrderValue: orders === 0 ? null : Math.round(cents / orders) / 100,
      };
    }),
  };
}

/**
 * Who is in a custom segment, as of when `segments`, an answer of `/v1/segments`, is: for a past day as it
 * says; for now as a listener has said since, or else as the segment itself was last read.
 */
export function customCountOf(
  custom: Schemas['CustomSegmentModel'],
  segments: Segments | undefined,
  live: LiveCounts | null,
): CustomCount {
  const total = segments?.totalCustomers;
  const { customers, lifetimeValue } = found();
  return { customers, lifetimeValue, share: customers !== null && total ? customers / total : null };

  function found(): Omit<CustomCount, 'share'> {
    if (segments !== undefined && segments.basis !== 'current') {
      const then = segments.customSegments?.find(({ id }) => id === custom.id);
      return { customers: then?.count ?? null, lifetimeValue: then?.lifetimeValue ?? null };
    }
    if (live === null) return { customers: custom.customerCount, lifetimeValue: custom.lifetimeValue };
    const { customers, lifetime_value_cents: cents } = live.custom[custom.id] ?? NOBODY;
    return { customers, lifetimeValue: cents / 100 };
  }
}
