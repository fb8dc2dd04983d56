// The made-up shop of all answers: its name, its night and the sizes of its segments.
export const NOW = '2026-11-27T15:00:00Z';
export const NIGHT = '2026-11-27T08:04:00Z';
export const ORG = 'org_fake';
export const SEGMENTS = ['vip', 'loyal', 'new', 'at_risk', 'slipping', 'churned', 'high_value', 'frequent'] as const;

export const ready = {
  orgId: ORG,
  computedAt: NIGHT,
  status: 'ready',
  stale: false,
  lastError: null,
  sourceRows: 4321,
  lagSeconds: 240,
} as const;

export const counts = [41, 187, 96, 133, 58, 402, 22, 61];
export const total = counts.reduce((sum, count) => sum + count, 0);

export const day = (before: number) => new Date(Date.parse('2026-11-27T00:00:00Z') - before * 86_400_000).toISOString().slice(0, 10);
export const month = (before: number) => {
  const at = new Date(Date.UTC(2026, 10 - before, 1));
  return at.toISOString().slice(0, 7);
};
