import type { Schemas } from '../api/client';
import type { Counts, LiveCounts } from './shards';

type Segments = Schemas['Segments'];

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
