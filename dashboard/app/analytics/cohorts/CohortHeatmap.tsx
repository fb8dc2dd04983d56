import { memo, useMemo } from 'react';

import { HeatTable, type HeatRow } from '../../../components/charts/HeatTable';
import type { Schemas } from '../../../lib/api/client';
import type { Formats } from '../../../lib/format/format';
import { largest, stepOf } from '../../../lib/format/heat';
import { isolated } from '../../../lib/format/isolated';
import type { CohortCell } from './CohortCustomers';

interface Shown {
  /** What the cohorts are broken down by, if anything. */
  breakdown: Schemas['Breakdown'] | null;
  found: Schemas['Cohorts'];
  cohorts: readonly Schemas['CohortRow'][];
  onOpen(cell: CohortCell): void;
  formats: Formats;
}

/** The heatmap by itself, which opening a cell does not draw again. */
export const CohortHeatmap = memo(function CohortHeatmap({ breakdown, found, cohorts, onOpen, formats }: Shown) {
  const rows = useMemo(
    () => rowsOf({ breakdown, found, cohorts, onOpen, formats }),
    [breakdown, found, cohorts, onOpen, formats],
  );
  const columns = useMemo(() => Array.from({ length: widthOf(cohorts) }, (_, period) => period), [cohorts]);
  return <HeatTable label="Retention by cohort" corner="Cohort" lead="Size" columns={columns} rows={rows} />;
});

/** How many columns have a number. */
function widthOf(cohorts: readonly Schemas['CohortRow'][]): number {
  return Math.max(...cohorts.map(({ periods }) => periods.filter(Boolean).length));
}

function rowsOf({ breakdown, found, cohorts, onOpen, formats }: Shown): readonly HeatRow[] {
  const full = largest(cohorts);
  const width = widthOf(cohorts);
  const { granularity, mode } = found;
  const rows: HeatRow[] = cohorts.map((row) => {
    const { cohort, value } = row;
    const group = value === null ? null : value || 'Not named';
    const name = group === null ? cohort : `${cohort} · ${isolated(group)}`;
    const of = breakdown === null || value === null ? null : { breakdown, value };
    return {
      id: name,
      name: group === null ? cohort : <>{cohort} · <bdi>{group}</bdi></>,
      lead: formats.count(row.size),
      cells: row.periods.slice(0, width).map((period) =>
        period === null
          ? null
          : {
              text: formats.share(period.retention, period.period === 0 ? 0 : 1),
              step: period.period === 0 ? 0 : stepOf(period.retention, full),
              open: period.mayGrow,
              sentence:
                `Of ${formats.count(row.size)} customers of ${name}, ${formats.count(period.customers)} ` +
                `(${formats.share(period.retention)}) ordered in ${period.label}` +
                (mode === 'onOrAfter' ? ' or later' : '') +
                `; ${formats.money(period.cumulativeRevenuePerCustomer)} per customer so far` +
                (period.mayGrow ? '; this may still grow' : ''),
              activate: () =>
                onOpen({ cohort, period: period.period, label: period.label, granularity, mode, of }),
            },
      ),
    };
  });
  if (found.mean) {
    rows.push({
      id: 'mean',
      name: 'Weighted mean',
      lead: '',
      cells: found.mean.slice(0, width).map((value, period) =>
        value === null
          ? null
          : {
              text: formats.share(value, period === 0 ? 0 : 1),
              step: period === 0 ? 0 : stepOf(value, full),
              sentence: `Mean of all cohorts, weighted by size, after ${period} periods: ${formats.share(value)}`,
            },
      ),
    });
  }
  return rows;
}
