'use client';

import { useState } from 'react';

import { Asked } from '../../components/Asked';
import { Freshness, FreshnessNotice } from '../../components/Freshness';
import { HeatTable, type HeatRow } from '../../components/HeatTable';
import { answered, type Schemas } from '../../lib/api/client';
import { FIRST, next, pageOf, previous, tokenOf, type Place } from '../../lib/api/paging';
import { useAnswer } from '../../lib/api/useAnswer';
import type { Formats } from '../../lib/format/format';
import { largest, stepOf } from '../../lib/format/heat';
import { CohortCustomers, type CohortCell } from './CohortCustomers';

type Found = Omit<Schemas['Cohorts'], 'cohorts'> & { cohorts: Schemas['CohortRow'][] | null };

const GRANULARITIES = { day: 'Days', week: 'Weeks', month: 'Months', quarter: 'Quarters' } as const;
const MODES = { in: 'Ordered in the period', onOrAfter: 'Ordered in it or later' } as const;
const PERIODS = [6, 12, 24, 60, 120] as const;

export function Cohorts({ formats }: { formats: Formats }) {
  const [granularity, setGranularity] = useState<Schemas['Granularity']>('month');
  const [mode, setMode] = useState<Schemas['Mode']>('in');
  const [periods, setPeriods] = useState<number>(12);
  const [place, setPlace] = useState<Place>(FIRST);
  const [cell, setCell] = useState<CohortCell | null>(null);
  const query = { granularity, mode, periods, pageSize: 24, pageToken: tokenOf(place) };
  const answer = useAnswer(`cohorts ${JSON.stringify(query)}`, (api, signal) =>
    answered<unknown>(api.GET('/v1/analytics/cohorts', { params: { query }, signal })).then(
      (found) => found as Found,
    ),
  );

  function changed() {
    setPlace(FIRST);
    setCell(null);
  }

  return (
    <section className="panel" aria-labelledby="cohorts">
      <header>
        <div>
          <h2 id="cohorts">Cohorts</h2>
          <p>
            Of the customers whose first order was in a period, the share who ordered again. Arrow keys move, Enter
            shows the customers; * is not over yet.
          </p>
        </div>
        <div className="fields">
          <Choice
            name="Periods of"
            value={granularity}
            options={GRANULARITIES}
            onChange={(value) => {
              setGranularity(value);
              changed();
            }}
          />
          <Choice
            name="Counted"
            value={mode}
            options={MODES}
            onChange={(value) => {
              setMode(value);
              changed();
            }}
          />
          <label className="field">
            Shown
            <select
              value={periods}
              onChange={(event) => {
                setPeriods(Number(event.target.value));
                changed();
              }}
            >
              {PERIODS.map((number) => (
                <option key={number} value={number}>
                  {number}
                </option>
              ))}
            </select>
          </label>
        </div>
      </header>
      <Asked answer={answer} wait={<div className="inside lines"><span className="skeleton" /></div>}>
        {(found) => (
          <>
            <div className="inside stack">
              <FreshnessNotice of={found} formats={formats} />
              {found.cohorts !== null &&
                (found.cohorts.length === 0 ? (
                  <p className="quiet">No customer’s first order is in the periods that are kept.</p>
                ) : (
                  <Heatmap found={found} cohorts={found.cohorts} onOpen={setCell} formats={formats} />
                ))}
              {cell && <CohortCustomers cell={cell} onClose={() => setCell(null)} formats={formats} />}
            </div>
            <footer>
              <Freshness of={found} formats={formats} />
              {(place.tokens.length > 0 || found.nextPageToken !== null) && (
                <span className="fields">
                  Page {pageOf(place)}
                  <button
                    className="button"
                    type="button"
                    disabled={place.tokens.length === 0}
                    onClick={() => setPlace(previous(place))}
                  >
                    Later cohorts
                  </button>
                  <button
                    className="button"
                    type="button"
                    disabled={found.nextPageToken === null}
                    onClick={() => found.nextPageToken !== null && setPlace(next(place, found.nextPageToken))}
                  >
                    Earlier cohorts
                  </button>
                </span>
              )}
            </footer>
          </>
        )}
      </Asked>
    </section>
  );
}

function Heatmap({
  found,
  cohorts,
  onOpen,
  formats,
}: {
  found: Found;
  cohorts: readonly Schemas['CohortRow'][];
  onOpen(cell: CohortCell): void;
  formats: Formats;
}) {
  const full = largest(cohorts);
  const width = Math.max(...cohorts.map(({ periods }) => periods.filter(Boolean).length));
  const rows: HeatRow[] = cohorts.map((row) => ({
    id: row.cohort,
    name: row.cohort,
    lead: formats.count(row.size),
    cells: row.periods.slice(0, width).map((period) =>
      period === null
        ? null
        : {
            text: formats.share(period.retention, period.period === 0 ? 0 : 1),
            step: period.period === 0 ? 0 : stepOf(period.retention, full),
            open: period.mayGrow,
            sentence:
              `Of ${formats.count(row.size)} customers of ${row.cohort}, ${formats.count(period.customers)} ` +
              `(${formats.share(period.retention)}) ordered in ${period.label}` +
              (period.mayGrow ? '; this may still grow' : ''),
            activate: () =>
              onOpen({
                cohort: row.cohort,
                period: period.period,
                label: period.label,
                granularity: found.granularity,
                mode: found.mode,
              }),
          },
    ),
  }));
  if (found.mean) {
    rows.push({
      id: 'mean',
      name: 'Mean',
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
  return (
    <HeatTable
      label="Retention by cohort"
      corner="Cohort"
      lead="Size"
      columns={Array.from({ length: width }, (_, period) => period)}
      rows={rows}
    />
  );
}

function Choice<T extends string>({
  name,
  value,
  options,
  onChange,
}: {
  name: string;
  value: T;
  options: Readonly<Record<T, string>>;
  onChange(value: T): void;
}) {
  return (
    <label className="field">
      {name}
      <select value={value} onChange={(event) => onChange(event.target.value as T)}>
        {Object.entries<string>(options).map(([id, text]) => (
          <option key={id} value={id}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
