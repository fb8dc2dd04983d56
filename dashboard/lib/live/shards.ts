/** What a shard of `segment_counts` holds, as far as it is of use here. */
export interface Shard {
  segments?: Record<string, Partial<Counts>>;
  custom?: Record<string, Partial<Counts>>;
  /** Customers by the rules that they were evaluated under: `<thresholdsVersion>.<rulesRevision>`. */
  rules?: Record<string, number>;
}

export interface Counts {
  customers: number;
  orders: number;
  lifetime_value_cents: number;
}

export interface LiveCounts {
  segments: Record<string, Counts>;
  custom: Record<string, Counts>;
  rules: Record<string, number>;
}

/** The counts of all shards together: none of them means anything alone. */
export function summed(shards: readonly Shard[]): LiveCounts {
  return {
    segments: total(shards.map((shard) => shard.segments)),
    custom: total(shards.map((shard) => shard.custom)),
    rules: customersByRules(shards),
  };
}

function customersByRules(shards: readonly Shard[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { rules = {} } of shards) {
    for (const [key, customers] of Object.entries(rules)) found[key] = (found[key] ?? 0) + customers;
  }
  return found;
}

function total(maps: readonly (Record<string, Partial<Counts>> | undefined)[]): Record<string, Counts> {
  const found: Record<string, Counts> = {};
  for (const map of maps) {
    for (const [id, counts] of Object.entries(map ?? {})) {
      const sum = (found[id] ??= { customers: 0, orders: 0, lifetime_value_cents: 0 });
      sum.customers += counts.customers ?? 0;
      sum.orders += counts.orders ?? 0;
      sum.lifetime_value_cents += counts.lifetime_value_cents ?? 0;
    }
  }
  return found;
}
