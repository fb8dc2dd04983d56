'use client';

import { useState } from 'react';

import { Asked, Lines } from '../../components/Asked';
import { Known } from '../../components/Known';
import { Scroll } from '../../components/Scroll';
import { answered, type Schemas } from '../../lib/api/client';
import { useAnswer } from '../../lib/api/useAnswer';
import type { Formats } from '../../lib/format/format';
import { ReturnCurve } from './ReturnCurve';

type Proposal = Schemas['ThresholdRecommendation'];

const LABELS: Readonly<Record<Schemas['DaysThreshold'], string>> = {
  slipping_minDays: 'Slipping',
  atRisk_minDays: 'At Risk',
  churned_minDays: 'Churned',
};

/** The days that this organisation's own customers suggest. */
export function Recommendation({
  onTake,
  formats,
}: {
  onTake(values: Readonly<Record<string, number>>): void;
  formats: Formats;
}) {
  // It reads every customer: only for somebody who wants to know.
  const [asked, setAsked] = useState(false);
  const answer = useAnswer(asked ? 'recommendation' : null, (api, signal) =>
    answered(api.GET('/v1/settings/thresholds/recommendation', { signal })),
  );
  return (
    <section className="panel" aria-labelledby="recommendation">
      <header>
        <div>
          <h2 id="recommendation">What your customers suggest</h2>
          <p>From how long they stay away between orders.</p>
        </div>
        <button className="button" type="button" onClick={asked ? answer.reload : () => setAsked(true)}>
          Suggest values
        </button>
      </header>
      {asked && (
        <Asked answer={answer} wait={<div className="inside"><Lines /></div>}>
          {(found) => {
            const proposed = found.thresholds.flatMap(({ threshold, proposed: days }) =>
              days ? [[threshold, days.days] as const] : [],
            );
            return (
              <>
                <Scroll label="Table of proposals">
                  <table className="table">
                    <thead>
                      <tr>
                        <th scope="col">Threshold</th>
                        <th scope="col" className="number">
                          In force
                        </th>
                        <th scope="col" className="number">
                          Suggested
                        </th>
                        <th scope="col">Why</th>
                      </tr>
                    </thead>
                    <tbody>
                      {found.thresholds.map((proposal) => (
                        <tr key={proposal.threshold}>
                          <th scope="row">{LABELS[proposal.threshold]}</th>
                          <td className="number">{formats.count(proposal.inForce.days)} days</td>
                          <td className="number">
                            <Known
                              value={proposal.proposed}
                              format={({ days }) => `${formats.count(days)} days`}
                              otherwise="Nothing can be suggested"
                            />
                          </td>
                          <td className="small">{whyOf(proposal, found.returnWithinDays, formats)}</td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </Scroll>
                <div className="inside">
                  <ReturnCurve
                    points={found.curve}
                    marks={found.thresholds.map(({ threshold, inForce }) => ({
                      label: LABELS[threshold],
                      days: inForce.days,
                    }))}
                    withinDays={found.returnWithinDays}
                    formats={formats}
                  />
                </div>
                <footer>
                  <span>
                    As of {formats.instant(found.asOf)}, from {formats.count(found.returns)} returns of{' '}
                    {formats.count(found.returningCustomers)} customers
                  </span>
                  {proposed.length > 0 && (
                    <button className="button" type="button" onClick={() => onTake(Object.fromEntries(proposed))}>
                      Try these values
                    </button>
                  )}
                </footer>
              </>
            );
          }}
        </Asked>
      )}
    </section>
  );
}

function whyOf({ proposed, detail, share }: Proposal, withinDays: number, formats: Formats): string {
  if (proposed === null) return detail ?? 'Nothing can be suggested.';
  const returns = `${formats.share(share, 0)} of returns have happened by then`;
  const chance = proposed.returnProbability;
  return chance === null
    ? `${returns}.`
    : `${returns}; of those still away, ${formats.share(chance.value, 0)} order within ${withinDays} days.`;
}
