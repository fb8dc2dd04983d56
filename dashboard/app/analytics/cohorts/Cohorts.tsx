'use client';

import { useCallback, useState } from 'react';

import { Choice, numbers } from '../../../components/Choice';
import { Download } from '../../../components/Download';
import { Empty } from '../../../components/Empty';
import { Nightly } from '../../../components/Nightly';
import { Pager } from '../../../components/Pager';
import { answered, type Schemas } from '../../../lib/api/client';
import { FIRST, tokenOf, type Place } from '../../../lib/api/paging';
import { useAnswer } from '../../../lib/api/useAnswer';
import type { Formats } from '../../../lib/format/format';
import { CohortCustomers, type CohortCell } from './CohortCustomers';
import { CohortHeatmap } from './CohortHeatmap';

const GRANULARITIES = [
  ['day', 'Days'],
  ['week', 'Weeks'],
  ['month', 'Months'],
  ['quarter', 'Quarters'],
] as const;
const MODES = [
  ['in', 'Ordered in the period'],
  ['onOrAfter', 'Ordered in it or later'],
] as const;
const BREAKDOWNS = [
  ['', 'None'],
  ['category', 'Category'],
  ['channel', 'Channel'],
  ['campaign', 'Campaign'],
] as const;
const PERIODS = numbers([6, 12, 24, 60, 120]);
const ROWS = numbers([12, 24, 60]);

/** Retention by cohort, down to the customers of each cell. */
export function Cohorts({ formats }: { formats: Formats }) {
  const [granularity, setGranularity] = useState<Schemas['Granularity']>('month');
  const [mode, setMode] = useState<Schemas['Mode']>('in');
  const [periods, setPeriods] = useState(12);
  const [rows, setRows] = useState(24);
  const [breakdown, setBreakdown] = useState<(typeof BREAKDOWNS)[number][0]>('');
  const [value, setValue] = useState<string | null>(null);
  const [place, setPlace] = useState<Place>(FIRST);
  const [cell, setCell] = useState<CohortCell | null>(null);
  // Days and weeks are not broken down.
  const broken = granularity === 'month' || granularity === 'quarter' ? breakdown : '';
  const chosen = {
    granularity,
    mode,
    periods,
    breakdown: broken || undefined,
    value: broken === '' || value === null ? undefined : value,
  };
  const query = { ...chosen, pageSize: rows, pageToken: tokenOf(place) };
  const answer = useAnswer(`cohorts ${JSON.stringify(query)}`, (api, signal) =>
    answered<Schemas['Cohorts'] | string>(api.GET('/v1/analytics/cohorts', { params: { query }, signal })).then(
      (found) => found as Schemas['Cohorts'],
    ),
  );
  const close = useCallback(() => setCell(null), []);

  function turn(to: Place) {
    setPlace(to);
    setCell(null);
  }
  /** Another table than before: from its first page on. */
  function changing<T>(set: (value: T) => void) {
    return (to: T) => {
      set(to);
      turn(FIRST);
    };
  }

  return (
    <Nightly
      id="cohorts"
      title="Cohorts"
      note={
        'Of the customers whose first order was in a period, the share who ordered again. Arrow keys move, Enter ' +
        'shows the customers; * may still grow.'
      }
      controls={
        <>
          <Choice name="Periods" value={granularity} options={GRANULARITIES} onChange={changing(setGranularity)} />
          <Choice name="Columns" value={periods} options={PERIODS} onChange={changing(setPeriods)} />
          <Choice name="Rows" value={rows} options={ROWS} onChange={changing(setRows)} />
          <Choice name="Counted" value={mode} options={MODES} onChange={changing(setMode)} />
          <Choice
            name="Broken down by"
            value={broken}
            options={BREAKDOWNS}
            disabled={granularity === 'day' || granularity === 'week'}
            onChange={changing((to) => {
              setBreakdown(to);
              setValue(null);
            })}
          />
          {answer.data?.values && (
            <Choice
              name="Only"
              value={value === null ? '*' : `=${value}`}
              options={[
                ['*', 'All'],
                ...answer.data.values.map((found): [string, string] => [`=${found.value}`, found.value || 'Not named']),
              ]}
              onChange={changing((to: string) => setValue(to === '*' ? null : to.slice(1)))}
            />
          )}
          <Download
            name="cohorts.csv"
            ask={(api) => api.GET('/v1/analytics/cohorts:export', { params: { query: chosen }, parseAs: 'blob' })}
          />
        </>
      }
      answer={answer}
      result={`cohorts_${granularity}${broken && `_by_${broken}`}`}
      formats={formats}
      footer={(found) =>
        (place.tokens.length > 0 || found.nextPageToken !== null) && (
          <Pager
            place={place}
            nextPageToken={found.nextPageToken}
            onChange={turn}
            labels={['Later cohorts', 'Earlier cohorts']}
          />
        )
      }
    >
      {(found) =>
        found.cohorts &&
        (found.cohorts.length === 0 ? (
          <Empty>No first order is in the periods that are kept{found.keptFrom && `, from ${found.keptFrom} on`}.</Empty>
        ) : (
          <div className="inside stack">
            {found.values && found.valuesFound !== null && found.valuesFound > found.values.length && (
              <p className="quiet small">
                The {formats.count(found.values.length)} most frequent of {formats.count(found.valuesFound)} values.
              </p>
            )}
            <CohortHeatmap
              breakdown={broken || null}
              found={found} cohorts={found.cohorts} onOpen={setCell} formats={formats} />
            {cell && <CohortCustomers cell={cell} onClose={close} formats={formats} />}
          </div>
        ))
      }
    </Nightly>
  );
}
