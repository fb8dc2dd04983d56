'use client';

import { useState } from 'react';

import { Asked } from '../../components/Asked';
import { HeatTable } from '../../components/HeatTable';
import { SegmentName } from '../../components/SegmentName';
import { answered, type Schemas } from '../../lib/api/client';
import { useAnswer } from '../../lib/api/useAnswer';
import { dateBegunEverywhere, daysBefore } from '../../lib/format/calendar';
import type { Formats } from '../../lib/format/format';
import { stepOf } from '../../lib/format/heat';
import { SEGMENTS, SEGMENT_LABELS, placeLabel } from '../../lib/format/segments';

const PLACES = [...SEGMENTS, 'none'] as const;
const SPANS = [7, 30, 90] as const;

/** Where the customers of each segment are some time later. */
export function Transitions({ formats }: { formats: Formats }) {
  const [days, setDays] = useState<number>(30);
  const to = dateBegunEverywhere(new Date());
  const from = daysBefore(to, days);
  const answer = useAnswer(`transitions ${from}`, (api, signal) =>
    answered(api.GET('/v1/analytics/transitions', { params: { query: { from, to } }, signal })),
  );
  return (
    <section className="panel" aria-labelledby="transitions">
      <header>
        <div>
          <h2 id="transitions">From segment to segment</h2>
          <p>A row is where customers were, a column where they are; colour is the share of the row.</p>
        </div>
        <label className="field">
          Days
          <select value={days} onChange={(event) => setDays(Number(event.target.value))}>
            {SPANS.map((number) => (
              <option key={number} value={number}>
                {number}
              </option>
            ))}
          </select>
        </label>
      </header>
      <Asked answer={answer} wait={<div className="inside lines"><span className="skeleton" /></div>}>
        {(found) => (
          <>
            <div className="inside">
              <Matrix found={found} formats={formats} />
            </div>
            <footer>
              <span className={`badge ${found.stale ? 'warning' : ''}`}>
                {found.stale && 'May still change, '}
                {formats.instant(found.openingAt)} to {formats.instant(found.closingAt)}
              </span>
              <span>
                {formats.count(found.arrived)} arrived, {formats.count(found.left)} left
              </span>
            </footer>
          </>
        )}
      </Asked>
    </section>
  );
}

function Matrix({ found, formats }: { found: Schemas['Transitions']; formats: Formats }) {
  const counts = new Map(found.cells.map((cell) => [`${cell.from} ${cell.to}`, cell.customers]));
  return (
    <HeatTable
      label="Customers by segment before and now"
      corner="From, to"
      lead="Before"
      columns={SEGMENTS.map((id) => SEGMENT_LABELS[id])}
      rows={PLACES.map((before) => {
        const cells = SEGMENTS.map((now) => counts.get(`${before} ${now}`) ?? 0);
        const total = cells.reduce((sum, count) => sum + count, 0);
        return {
          id: before,
          name: <SegmentName id={before} />,
          lead: before === 'none' ? '' : formats.count(total),
          cells: SEGMENTS.map((now, index) => {
            const count = cells[index] ?? 0;
            return {
              text: count === 0 ? '·' : formats.count(count),
              step: stepOf(count, total),
              sentence:
                `${formats.count(count)} of ${formats.count(total)} customers from ` +
                `${placeLabel(before)} are in ${SEGMENT_LABELS[now]}`,
            };
          }),
        };
      })}
    />
  );
}
