import { Known } from '../../../components/Known';
import { NumberHeads } from '../../../components/NumberHeads';
import { Panel } from '../../../components/Panel';
import { Scroll } from '../../../components/Scroll';
import type { Schemas } from '../../../lib/api/client';
import type { Formats } from '../../../lib/format/format';
import { MODEL_LABELS } from '../../../lib/format/predictions';

/** How every model did at every past cutoff. */
export function Scores({ scores, formats }: { scores: readonly Schemas['TrialScore'][]; formats: Formats }) {
  return (
    <Panel
      id="scores"
      title="Models tried"
      note="Each was fitted on the orders before a cutoff and tested on what happened then. Smaller losses are better."
    >
      <Scroll label="Table of models tried">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Cutoff</th>
              <th scope="col">Model</th>
              <NumberHeads names={['Customers', 'Log loss', 'Brier score', 'AUC']} />
            </tr>
          </thead>
          <tbody>
            {scores.map((score) => (
              <tr key={`${score.cutoffAt} ${score.kind}`}>
                <th scope="row">{formats.day(score.cutoffAt)}</th>
                <td>{MODEL_LABELS[score.kind]}</td>
                <td className="number">{formats.count(score.customers)}</td>
                <td className="number">{formats.decimal(score.logLoss, 3)}</td>
                <td className="number">{formats.decimal(score.brier, 3)}</td>
                <td className="number">
                  <Known
                    value={score.auc}
                    format={(auc) => formats.decimal(auc, 3)}
                    otherwise="All customers have the same probability"
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Panel>
  );
}
