'use client';

import { useState } from 'react';

import { Asked } from '../../components/Asked';
import { Freshness, FreshnessNotice } from '../../components/Freshness';
import { Scroll } from '../../components/Scroll';
import { answered, type Schemas } from '../../lib/api/client';
import { useAnswer } from '../../lib/api/useAnswer';
import type { Formats } from '../../lib/format/format';
import styles from './Affinity.module.css';

const RELATIONS: Readonly<Record<Schemas['PairRelation'], string>> = {
  sameBasket: 'In one order',
  nextOrder: 'In the next order',
};
const SORTS: Partial<Record<Schemas['PairSort'], string>> = {
  liftLower: 'Surest relation',
  lift: 'Strongest relation',
  count: 'Most orders',
  confidence: 'Likeliest to follow',
};
const LIMIT = 15;

/** Products that are bought together more often than by chance. */
export function Affinity({ formats }: { formats: Formats }) {
  const [relation, setRelation] = useState<Schemas['PairRelation']>('sameBasket');
  const [sort, setSort] = useState<Schemas['PairSort']>('liftLower');
  const [minCount, setMinCount] = useState(5);
  const query = { relation, sort, minCount, limit: LIMIT };
  const answer = useAnswer(`affinity ${JSON.stringify(query)}`, (api, signal) =>
    answered(api.GET('/v1/analytics/affinity', { params: { query }, signal })),
  );
  return (
    <section className="panel" aria-labelledby="affinity">
      <header>
        <div>
          <h2 id="affinity">Bought together</h2>
          <p>Pairs of products by how many times as often they meet as by chance; the line is the 95 % range’s lower end.</p>
        </div>
        <div className="fields">
          <label className="field">
            Relation
            <select value={relation} onChange={(event) => setRelation(event.target.value as Schemas['PairRelation'])}>
              {Object.entries(RELATIONS).map(([id, name]) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <label className="field">
            Ranked by
            <select value={sort} onChange={(event) => setSort(event.target.value as Schemas['PairSort'])}>
              {Object.entries(SORTS).map(([id, name]) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <label className="field">
            Orders at least
            <input
              className={styles.least}
              type="number"
              min={5}
              value={minCount}
              onChange={(event) => setMinCount(Math.max(5, Number(event.target.value)))}
            />
          </label>
        </div>
      </header>
      <Asked answer={answer} wait={<div className="inside lines"><span className="skeleton" /></div>}>
        {(found) => (
          <>
            <div className="inside">
              <FreshnessNotice of={found} formats={formats} />
              {found.pairs?.length === 0 && (
                <p className="quiet">No pair is in so many orders of two customers or more.</p>
              )}
            </div>
            {found.pairs && found.pairs.length > 0 && <Pairs found={found} pairs={found.pairs} formats={formats} />}
            <footer>
              <Freshness of={found} formats={formats} />
              {found.matching !== null && (
                <span>
                  {formats.count(found.pairs?.length)} of {formats.count(found.matching)} pairs, from{' '}
                  {formats.count(found.orders)} orders
                </span>
              )}
            </footer>
          </>
        )}
      </Asked>
    </section>
  );
}

function Pairs({
  found,
  pairs,
  formats,
}: {
  found: Schemas['Affinity'];
  pairs: readonly Schemas['ProductPair'][];
  formats: Formats;
}) {
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
            <th scope="col" className="number">
              Orders
            </th>
            <th scope="col" className="number">
              B, where A was bought
            </th>
            <th scope="col" className="number">
              A, where B was bought
            </th>
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
              <td className="number">{formats.share(pair.confidenceAB)}</td>
              <td className="number">{formats.share(pair.confidenceBA)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {found.ordersCut !== null && found.ordersCut > 0 && (
        <p className="inside quiet small">
          Of {formats.count(found.ordersCut)} large orders, the 100 most frequent products alone are looked at.
        </p>
      )}
    </Scroll>
  );
}
