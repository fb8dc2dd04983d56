import Link from 'next/link';

import { NumberHeads } from '../../../components/NumberHeads';
import { Scroll } from '../../../components/Scroll';
import type { Schemas } from '../../../lib/api/client';
import { inWords } from '../../../lib/conditions/catalogue';
import type { Formats } from '../../../lib/format/format';
import styles from './wizard.module.css';

/** What measured campaigns of the draft's goal brought; an estimate needs three of them. */
export function Earlier({ draft, formats }: { draft: Schemas['Prefill']; formats: Formats }) {
  const { goal, measuredLifts, expectedLift } = draft;
  return (
    <section className="panel" aria-labelledby="earlier">
      <header>
        <div>
          <h2 id="earlier">What earlier campaigns brought</h2>
          <p>Those with the goal “{inWords(goal)}” that could be measured against a holdout.</p>
        </div>
      </header>
      {measuredLifts.length === 0 ? (
        <p className="inside quiet empty">None has been measured yet.</p>
      ) : (
        <>
          <Scroll label="Table of earlier campaigns">
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">Sent</th>
                  <NumberHeads names={['Written to', 'Lift per customer', '95 % range']} />
                </tr>
              </thead>
              <tbody>
                {measuredLifts.map(({ campaignId, sentAt, treated, perCustomer, low, high }) => (
                  <tr key={campaignId}>
                    <th scope="row">
                      <Link prefetch={false} href={`/campaign?id=${campaignId}`}>
                        {formats.day(sentAt)}
                      </Link>
                    </th>
                    <td className="number">{formats.count(treated)}</td>
                    <td className="number">{formats.money(perCustomer)}</td>
                    <td className="number">
                      {formats.money(low)} to {formats.money(high)}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
          <p className={`inside ${styles.expected}`}>{expectation(expectedLift, formats)}</p>
        </>
      )}
    </section>
  );
}

function expectation(expected: Schemas['ExpectedLift'] | null, formats: Formats): string {
  if (expected === null) return 'What the next one may bring is estimated from three measured campaigns on.';
  const { campaigns, perCustomer, low, high } = expected;
  return (
    `On average ${formats.money(perCustomer)} per customer written to, from ${formats.money(low)} to ` +
    `${formats.money(high)} (95 % range), over ${formats.count(campaigns)} campaigns.`
  );
}
