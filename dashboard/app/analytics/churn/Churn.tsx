'use client';

import { useState } from 'react';

import { Choice, numbers } from '../../../components/Choice';
import { Known } from '../../../components/Known';
import { Nightly } from '../../../components/Nightly';
import { NumberHeads } from '../../../components/NumberHeads';
import { Scroll } from '../../../components/Scroll';
import { SegmentName } from '../../../components/SegmentName';
import { answered, type Schemas } from '../../../lib/api/client';
import { useAnswer } from '../../../lib/api/useAnswer';
import type { Formats } from '../../../lib/format/format';

/** The reason for a missing share: without customers there is none. */
const NOBODY = 'Nobody was there to lose';
const DAYS = numbers([7, 14, 30, 60, 90, 180, 365]);

/** How many customers were lost in a period, by the segment they were in when it began. */
export function Churn({ formats }: { formats: Formats }) {
  const [days, setDays] = useState<7 | 14 | 30 | 60 | 90 | 180 | 365>(30);
  const answer = useAnswer(`churn ${days}`, (api, signal) =>
    answered(api.GET('/v1/analytics/churn', { params: { query: { days, by: 'segment' } }, signal })),
  );
  return (
    <Nightly
      id="churn"
      title="Churn"
      note="Of the customers who were not churned when the period began, the share who are when it ends."
      controls={<Choice name="Days" value={days} options={DAYS} onChange={setDays} />}
      answer={answer}
      result="churn"
      formats={formats}
      footer={(found) =>
        found.from !== null && (
          <span>
            {formats.day(found.from)} to {formats.day(found.to)}; {formats.count(found.newCustomers)} new customers are
            not among them
          </span>
        )
      }
    >
      {(found) => found.bySegment && <BySegment found={found} rows={found.bySegment} formats={formats} />}
    </Nightly>
  );
}

function BySegment({
  found,
  rows,
  formats,
}: {
  found: Schemas['ChurnAnswer'];
  rows: readonly Schemas['SegmentChurn'][];
  formats: Formats;
}) {
  return (
    <Scroll label="Table of churn">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Segment when it began</th>
            <NumberHeads names={['Customers then', 'Churned now', 'Churn rate', 'Won back meanwhile']} />
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.segment}>
              <th scope="row">
                <SegmentName id={row.segment} />
              </th>
              <td className="number">{formats.count(row.notChurnedAtStart)}</td>
              <td className="number">{formats.count(row.churned)}</td>
              <td className="number">
                <Known value={row.churnRate} format={formats.share} otherwise={NOBODY} />
              </td>
              <td className="number">{formats.count(row.churnedAndWonBack)}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">All of them</th>
            <td className="number">{formats.count(found.notChurnedAtStart)}</td>
            <td className="number">{formats.count(found.churned)}</td>
            <td className="number">
              <b>
                <Known value={found.churnRate} format={formats.share} otherwise={NOBODY} />
              </b>
            </td>
            <td className="number">{formats.count(found.churnedAndWonBack)}</td>
          </tr>
        </tbody>
      </table>
    </Scroll>
  );
}
