import { Known } from '../../components/Known';
import { RiskBadge } from '../../components/RiskBadge';
import type { Schemas } from '../../lib/api/client';
import type { Formats } from '../../lib/format/format';
import { MODEL_LABELS } from '../../lib/format/predictions';
import styles from './customer.module.css';

/** What is expected of a customer, and what it follows from. */
export function PredictionSection({
  customer,
  formats,
}: {
  customer: Schemas['CustomerDetail'];
  formats: Formats;
}) {
  const { prediction, churnRiskLevel } = customer;
  return (
    <section className="panel" aria-labelledby="prediction">
      <header>
        <h2 id="prediction">What to expect</h2>
        {prediction && (
          <p>
            {MODEL_LABELS[prediction.model]}, fitted {formats.day(prediction.fittedAt)}
          </p>
        )}
      </header>
      {prediction === null ? (
        <p className="inside quiet">No model is in force yet: it needs a past to be tested on.</p>
      ) : (
        <div className={`inside ${styles.why}`}>
          <p>
            {churnRiskLevel && <RiskBadge level={churnRiskLevel} />}{' '}
            <b>{formats.share(prediction.churnProbability)}</b> chance of no order within {prediction.horizonDays} days
          </p>
          <ul>
            <li>
              Revenue of the next 12 months:{' '}
              <b>
                <Known value={customer.predictedLtv} format={formats.money} otherwise="The model predicts no revenue" />
              </b>
              {prediction.predictedLtvLow !== null &&
                `, between ${formats.money(prediction.predictedLtvLow)} and ${formats.money(prediction.predictedLtvHigh)} with a chance of 80%`}
            </li>
            <li>
              Next order expected:{' '}
              <b>
                <Known
                  value={customer.expectedNextOrderDate}
                  format={formats.day}
                  otherwise="Staying away is likelier, or it is over a year off"
                />
              </b>
            </li>
          </ul>
          {prediction.reasons.length > 0 && (
            <>
              <h3>What it follows from</h3>
              <ul>
                {prediction.reasons.map(({ aspect, text, effect }) => (
                  <li key={aspect}>
                    {text} <Effect value={effect} />
                  </li>
                ))}
              </ul>
            </>
          )}
        </div>
      )}
    </section>
  );
}

function Effect({ value }: { value: number | null }) {
  if (value === null || value === 0) return null;
  return <span className={`badge ${value > 0 ? 'warning' : 'good'}`}>{value > 0 ? 'raises the risk' : 'lowers the risk'}</span>;
}
