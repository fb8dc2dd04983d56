'use client';

import { Asked } from '../../components/Asked';
import { HeatTable } from '../../components/charts/HeatTable';
import { SegmentName } from '../../components/SegmentName';
import type { Schemas } from '../../lib/api/client';
import type { Answer } from '../../lib/api/useAnswer';
import type { Formats } from '../../lib/format/format';
import { stepOf } from '../../lib/format/heat';
import { SEGMENTS, SEGMENT_LABELS } from '../../lib/format/segments';

const DAYS_BETWEEN = 3;

/** Customers by segment over the last 30 days, every third one. */
export function History({
  answer,
  formats,
}: {
  answer: Answer<Schemas['SegmentHistory']>;
  formats: Formats;
}) {
  return (
    <section className="panel" aria-labelledby="history">
      <header>
        <div>
          <h2 id="history">History</h2>
          <p>
            Customers at the end of each day{answer.data && `, in ${answer.data.timeZone}`}. Stronger colours mean
            more customers.
          </p>
        </div>
        {answer.data?.stale && <span className="badge warning">The last days may still change</span>}
      </header>
      <div className="inside">
        <Asked answer={answer}>{(history) => <Days history={history} formats={formats} />}</Asked>
      </div>
    </section>
  );
}

function Days({ history, formats }: { history: Schemas['SegmentHistory']; formats: Formats }) {
  const last = history.intervals.length - 1;
  const shown = history.intervals.filter((_, index) => (last - index) % DAYS_BETWEEN === 0);
  const full = Math.max(
    ...shown.flatMap(({ segments }) => segments.map(({ count }) => count)),
  );
  return (
    <HeatTable
      label="Customers by segment over the last 30 days"
      corner="Segment"
      columns={shown.map(({ to }) => formats.date(to).replace(/,? \d{4}$/, ''))}
      rows={SEGMENTS.map((id) => {
        const days = shown.map((day) => ({
          day,
          count: day.segments.find((movement) => movement.id === id)?.count ?? 0,
        }));
        return {
          id,
          name: <SegmentName id={id} />,
          cells: days.map(({ day, count }) => ({
            text: formats.count(count),
            step: stepOf(count, full),
            open: day.partial,
            sentence:
              `${SEGMENT_LABELS[id]}, ${formats.date(day.to)}: ${formats.count(count)} customers` +
              (day.partial ? ', the day is not over' : ''),
          })),
        };
      })}
    />
  );
}
