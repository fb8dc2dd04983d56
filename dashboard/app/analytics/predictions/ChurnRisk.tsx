'use client';

import Link from 'next/link';

import { Reliability } from '../../../components/charts/Reliability';
import { Empty } from '../../../components/Empty';
import { Known } from '../../../components/Known';
import { Nightly } from '../../../components/Nightly';
import { NumberHeads } from '../../../components/NumberHeads';
import { RiskBadge } from '../../../components/RiskBadge';
import { Scroll } from '../../../components/Scroll';
import { answered, type Schemas } from '../../../lib/api/client';
import { useAnswer } from '../../../lib/api/useAnswer';
import type { Formats } from '../../../lib/format/format';
import { RISKS } from '../../../lib/format/predictions';
import { ModelFacts } from './ModelFacts';
import { Scores } from './Scores';

/** Who may be lost, what they are worth, and how far the model that says so can be trusted. */
export function ChurnRisk({ formats }: { formats: Formats }) {
  const answer = useAnswer('prediction', (api, signal) =>
    answered(api.GET('/v1/analytics/churn/prediction', { signal })),
  );
  const days = answer.data?.model?.horizonDays;
  return (
    <>
      <Nightly
        id="risk"
        title="Churn risk"
        note={
          days === undefined
            ? 'Customers by how likely they are to stay away'
            : `Customers by how likely they are to place no order within ${days} days`
        }
        answer={answer}
        result="predictions"
        formats={formats}
      >
        {(found) =>
          found.levels ? (
            <>
              <Levels levels={found.levels} formats={formats} />
              {found.mostAtStake && found.mostAtStake.length > 0 && (
                <AtStake customers={found.mostAtStake} complete={found.mostAtStakeComplete !== false} formats={formats} />
              )}
            </>
          ) : (
            found.computedAt !== null && <Empty>No model is in force{found.decision && `: ${found.decision}`}.</Empty>
          )
        }
      </Nightly>
      {answer.data?.model && <ModelFacts model={answer.data.model} decision={answer.data.decision} formats={formats} />}
      {answer.data?.reliability && answer.data.reliability.length > 0 && (
        <Reliability bins={answer.data.reliability} formats={formats} />
      )}
      {answer.data?.scores && answer.data.scores.length > 0 && <Scores scores={answer.data.scores} formats={formats} />}
    </>
  );
}

function Levels({ levels, formats }: { levels: readonly Schemas['RiskCount'][]; formats: Formats }) {
  const all = levels.reduce((sum, { customers }) => sum + customers, 0);
  return (
    <Scroll label="Table of churn risk">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Risk</th>
            <NumberHeads names={['Customers', 'Share', 'Value so far', 'Expected in 12 months']} />
          </tr>
        </thead>
        <tbody>
          {RISKS.flatMap((risk) => levels.filter(({ level }) => level === risk)).map((row) => (
            <tr key={row.level}>
              <th scope="row">
                <RiskBadge level={row.level} />{' '}
                <Link prefetch={false} href={`/customers?risk=${row.level}`}>
                  Customers<span className="hidden"> of risk {row.level}</span>
                </Link>
              </th>
              <td className="number">{formats.count(row.customers)}</td>
              <td className="number">
                <Known value={all === 0 ? null : row.customers / all} format={formats.share} otherwise="No customers" />
              </td>
              <td className="number">{formats.roundMoney(row.lifetimeValue)}</td>
              <td className="number">{formats.roundMoney(row.predictedLtv)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function AtStake({
  customers,
  complete,
  formats,
}: {
  customers: readonly Schemas['CustomerAtStake'][];
  complete: boolean;
  formats: Formats;
}) {
  return (
    <>
      <h3 className="inside">Most at stake</h3>
      <Scroll label="Table of customers with the most at stake">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Customer</th>
              <th scope="col">Risk</th>
              <NumberHeads names={['Chance of churn', 'Expected in 12 months', 'At stake']} />
            </tr>
          </thead>
          <tbody>
            {customers.map((customer) => (
              <tr key={customer.customerKey}>
                <th scope="row" className="wrap">
                  <Link prefetch={false} href={`/customer?key=${customer.customerKey}`}>
                    <bdi>{customer.displayName ?? 'No name'}</bdi>
                  </Link>
                </th>
                <td>
                  <RiskBadge level={customer.churnRiskLevel} />
                </td>
                <td className="number">{customer.churnProbability}%</td>
                <td className="number">{formats.money(customer.predictedLtv)}</td>
                <td className="number">{formats.money(customer.atStake)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {!complete && <p className="inside quiet small">The search ended early: others may have as much at stake.</p>}
    </>
  );
}
