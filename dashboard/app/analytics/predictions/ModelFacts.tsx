import { Panel } from '../../../components/Panel';
import type { Schemas } from '../../../lib/api/client';
import type { Formats } from '../../../lib/format/format';
import { MODEL_LABELS } from '../../../lib/format/predictions';
import styles from './predictions.module.css';

const UNMEASURED = 'Not measured';

/** Which model is in force, why, and how it did on customers that it did not know. */
export function ModelFacts({
  model,
  decision,
  formats,
}: {
  model: Schemas['ModelInForce'];
  decision: string | null;
  formats: Formats;
}) {
  const { evidence } = model;
  const against = (value: number | null, base: number | null) =>
    value === null ? UNMEASURED : `${formats.decimal(value, 3)} (base rate ${formats.decimal(base, 3)})`;
  const measured = (value: number | null, digits: number) =>
    value === null ? UNMEASURED : formats.decimal(value, digits);
  const facts: readonly (readonly [string, string, string])[] = [
    ['Log loss', against(evidence.logLoss, evidence.baseLogLoss), 'Smaller is better'],
    ['Brier score', against(evidence.brier, evidence.baseBrier), 'Smaller is better'],
    ['AUC', measured(evidence.auc, 3), '0.5 is a coin, 1 is perfect order'],
    ['Calibration slope', measured(evidence.calibrationSlope, 2), '1 is calibrated, less is too bold'],
    ['Calibration intercept', measured(evidence.calibrationIntercept, 2), '0 is calibrated in the large'],
    [
      'Calibration error',
      evidence.ece === null ? UNMEASURED : `${formats.share(evidence.ece)} (perfect model ${formats.share(evidence.ecePerfect)})`,
      'Over ten bins',
    ],
    ['Past cutoffs', formats.count(evidence.origins), `${formats.count(evidence.customers)} customers at the newest`],
    ['Fitted', formats.instant(model.fittedAt), `From orders until ${formats.instant(model.dataUntil)}`],
  ];
  return (
    <Panel id="model" title={`Model: ${MODEL_LABELS[model.kind]}`} note={model.reason}>
      <div className="inside stack">
        {decision !== null && decision !== model.reason && <p className="quiet">Latest fit: {decision}</p>}
        <dl className={styles.facts}>
          {facts.map(([name, value, note]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
              <dd className="quiet small">{note}</dd>
            </div>
          ))}
        </dl>
      </div>
    </Panel>
  );
}
