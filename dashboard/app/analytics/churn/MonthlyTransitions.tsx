'use client';

import { useState } from 'react';

import { Choice } from '../../../components/Choice';
import { Empty } from '../../../components/Empty';
import { Nightly } from '../../../components/Nightly';
import { answered } from '../../../lib/api/client';
import { useAnswer } from '../../../lib/api/useAnswer';
import type { Formats } from '../../../lib/format/format';
import { SegmentMatrix } from './SegmentMatrix';

/** The moves of each full month, recomputed from the orders known by now. */
export function MonthlyTransitions({ formats }: { formats: Formats }) {
  const [chosen, setChosen] = useState('');
  const answer = useAnswer('months', (api, signal) =>
    answered(api.GET('/v1/analytics/transitions/months', { signal })),
  );
  const months = answer.data?.months?.toReversed() ?? [];
  const shown = months.find(({ month }) => month === chosen) ?? months[0];
  return (
    <Nightly
      id="months"
      title="Month by month"
      note="Restated: under today’s thresholds, from all orders known by now."
      controls={
        shown && (
          <Choice
            name="Month"
            value={shown.month}
            options={months.map(({ month }) => [month, month] as const)}
            onChange={setChosen}
          />
        )
      }
      answer={answer}
      result="state_transitions"
      formats={formats}
      footer={() => shown && <span>{formats.count(shown.newCustomers)} new customers in the month</span>}
    >
      {(found) =>
        found.months &&
        (shown ? (
          <div className="inside">
            <SegmentMatrix label={`Customers by segment before and after ${shown.month}`} cells={shown.cells} formats={formats} />
          </div>
        ) : (
          <Empty>No month is full yet.</Empty>
        ))
      }
    </Nightly>
  );
}
