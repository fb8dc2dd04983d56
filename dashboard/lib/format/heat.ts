/** Steps of a heatmap: 0 is the page's own colour, 10 the full one. */
export const STEPS = 10;

/** The step of a share of customers; only a share of 0 has step 0. */
export function stepOf(share: number, full: number): number {
  if (share <= 0 || full <= 0) return 0;
  return Math.min(STEPS, Math.max(1, Math.round((STEPS * share) / full)));
}

/** The largest retention after period 0, which is 1 always; 0 where there is none. */
export function largest(rows: readonly { periods: readonly ({ retention: number } | null)[] }[]): number {
  return Math.max(0, ...rows.flatMap((row) => row.periods.slice(1).map((cell) => cell?.retention ?? 0)));
}
