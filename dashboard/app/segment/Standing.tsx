import { Progress } from '../../components/Progress';
import type { Schemas } from '../../lib/api/client';
import type { Formats } from '../../lib/format/format';
import styles from './segment.module.css';

/** How a saved segment stands: its members, and how far it is evaluated. */
export function Standing({ segment, formats }: { segment: Schemas['CustomSegmentModel']; formats: Formats }) {
  const { evaluation } = segment;
  return (
    <section className={`panel ${styles.standing}`} aria-label="Members now">
      <dl className={styles.figures}>
        <div>
          <dt>Customers</dt>
          <dd data-members>{formats.count(segment.customerCount)}</dd>
        </div>
        <div>
          <dt>Lifetime value</dt>
          <dd>{formats.roundMoney(segment.lifetimeValue)}</dd>
        </div>
      </dl>
      {evaluation.status === 'running' ? (
        <Progress label="Evaluating" done={evaluation.processed} total={evaluation.total} formats={formats} />
      ) : (
        <span className={`badge ${segment.stale ? 'warning' : 'good'}`}>
          {segment.stale ? 'Customers are being moved' : 'Up to date'}
        </span>
      )}
    </section>
  );
}
