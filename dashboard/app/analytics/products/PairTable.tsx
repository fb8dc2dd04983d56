import { NumberHeads } from '../../../components/NumberHeads';
import { Scroll } from '../../../components/Scroll';
import type { Schemas } from '../../../lib/api/client';
import type { Formats } from '../../../lib/format/format';
import styles from './Affinity.module.css';

const COLUMNS = ['Orders', 'Customers', 'Share of orders', 'B, where A was bought', 'A, where B was bought', 'False finds'];

export function PairTable({ pairs, formats }: { pairs: readonly Schemas['ProductPair'][]; formats: Formats }) {
  const largest = Math.max(...pairs.map(({ liftAdjusted }) => liftAdjusted));
  return (
    <Scroll label="Table of pairs">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Products</th>
            <th scope="col" className={styles.wide}>
              Times as often as by chance
            </th>
            <NumberHeads names={COLUMNS} />
          </tr>
        </thead>
        <tbody>
          {pairs.map((pair) => (
            <tr key={`${pair.productIdA} ${pair.productIdB}`}>
              <th scope="row" className={styles.names}>
                <span>
                  <i>A</i> <bdi>{pair.productA}</bdi>
                </span>
                <span>
                  <i>B</i> <bdi>{pair.productB}</bdi>
                </span>
              </th>
              <td>
                <span className={styles.lift}>
                  <svg aria-hidden="true" viewBox="0 0 100 12" preserveAspectRatio="none">
                    <rect y="2" width={(100 * pair.liftAdjusted) / largest} height="8" className={styles.bar} />
                    <rect x={Math.max(0, (100 * pair.liftLower) / largest - 0.4)} width="0.8" height="12" className={styles.lower} />
                  </svg>
                  <span>
                    <b>{formats.decimal(pair.liftAdjusted)}</b>
                    <span className="quiet small"> at least {formats.decimal(pair.liftLower)}</span>
                  </span>
                </span>
              </td>
              <td className="number">{formats.count(pair.count)}</td>
              <td className="number">{formats.count(pair.customers)}</td>
              <td className="number">{formats.share(pair.support)}</td>
              <td className="number">{formats.share(pair.confidenceAB)}</td>
              <td className="number">{formats.share(pair.confidenceBA)}</td>
              <td className="number">{formats.share(pair.qValue)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
