import { ScatterChart } from '../../../components/charts/ScatterChart';
import type { Schemas } from '../../../lib/api/client';
import type { Formats } from '../../../lib/format/format';

/** Pairs by how often they meet and how much more often than by chance: what matters is up and to the right. */
export function PairChart({ pairs, formats }: { pairs: readonly Schemas['ProductPair'][]; formats: Formats }) {
  const most = (of: (pair: Schemas['ProductPair']) => number) => Math.max(...pairs.map(of));
  return (
    <ScatterChart
      label="Pairs by orders and relation"
      line={1}
      x={{ name: 'Orders with both', from: 0, to: most(({ count }) => count) * 1.05, format: formats.count }}
      y={{
        name: 'Times as often as by chance, down to the lower end',
        from: 0,
        to: Math.max(2, most(({ liftAdjusted }) => liftAdjusted) * 1.05),
        format: formats.decimal,
      }}
      points={pairs.map((pair) => ({
        id: `${pair.productIdA} ${pair.productIdB}`,
        name: `${pair.productA} and ${pair.productB}`,
        x: pair.count,
        y: pair.liftAdjusted,
        low: Math.min(pair.liftLower, pair.liftAdjusted),
        high: pair.liftAdjusted,
        shown: `${formats.decimal(pair.liftAdjusted)} ×, ${formats.count(pair.count)} orders`,
      }))}
    />
  );
}
