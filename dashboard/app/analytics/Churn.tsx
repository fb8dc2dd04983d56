'use client';

import { useState } from 'react';

import { Asked } from '../../components/Asked';
import { Freshness, FreshnessNotice } from '../../components/Freshness';
import { SegmentName } from '../../components/SegmentName';
import { Scroll } from '../../components/Scroll';
import { answered, type Schemas } from '../../lib/api/client';
import { useAnswer } from '../../lib/api/useAnswer';
import type { Formats } from '../../lib/format/format';

const DAYS = [7, 14, 30, 60, 90, 180, 365] as const;

/** How many customers were lost in a period, by the segment they were in when it began. */
export function Churn({ formats }: { formats: Formats }) {
  const [days, setDays] = useState<(typeof DAYS)[number]>(30);
  const answer = useAnswer(`churn ${days}`, (api, signal) =>
    answered(api.GET('/v1/analytics/churn', { params: { query: { days, by: 'segment' } }, signal })),
  );
  return (
    <section className="panel" aria-labelledby="churn">
      <header>
        <div>
          <h2 id="churn">Churn</h2>
          <p>Of the customers who were not churned when the period began, the share who are when it ends.</p>
        </div>
        <label className="field">
          Days
          <select value={days} onChange={(event) => setDays(Number(event.target.value) as typeof days)}>
            {DAYS.map((number) => (
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
              <FreshnessNotice of={found} formats={formats} />
            </div>
            {found.bySegment && <BySegment found={found} rows={found.bySegment} formats={formats} />}
            <footer>
              <Freshness of={found} formats={formats} />
              {found.from !== null && (
                <span>
                  {formats.day(found.from)} to {formats.day(found.to)}; {formats.count(found.newCustomers)} new
                  customers are not among them
                </span>
              )}
            </footer>
          </>
        )}
      </Asked>
    </section>
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
            {['Customers then', 'Churned now', 'Churn rate', 'Won back meanwhile'].map((name) => (
              <th scope="col" className="number" key={name}>
                {name}
              </th>
            ))}
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
              <td className="number">{formats.share(row.churnRate)}</td>
              <td className="number">{formats.count(row.churnedAndWonBack)}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">All of them</th>
            <td className="number">{formats.count(found.notChurnedAtStart)}</td>
            <td className="number">{formats.count(found.churned)}</td>
            <td className="number">
              <b>{formats.share(found.churnRate)}</b>
            </td>
            <td className="number">{formats.count(found.churnedAndWonBack)}</td>
          </tr>
        </tbody>
      </table>
    </Scroll>
  );
}
