'use client';

import { useState, type FormEvent } from 'react';

import { Choice, numbers } from '../../../components/Choice';
import { Empty } from '../../../components/Empty';
import { Nightly } from '../../../components/Nightly';
import { answered, type Schemas } from '../../../lib/api/client';
import { useAnswer } from '../../../lib/api/useAnswer';
import type { Formats } from '../../../lib/format/format';
import styles from './Affinity.module.css';
import { PairChart } from './PairChart';
import { PairTable } from './PairTable';

const RELATIONS = [
  ['sameBasket', 'In one order'],
  ['nextOrder', 'In the next order'],
] as const;
const SORTS = [
  ['liftLower', 'Surest relation'],
  ['lift', 'Strongest relation'],
  ['count', 'Most orders'],
  ['support', 'Largest share of orders'],
  ['confidence', 'Likeliest to follow'],
  ['qValue', 'Fewest false finds'],
  ['pValue', 'Least by chance'],
] as const satisfies readonly (readonly [Schemas['PairSort'], string])[];
const LIMITS = numbers([15, 50, 200, 500]);

const TYPED = { minCount: '5', minSupport: '', minLift: '', product: '', category: '' };

/** Products that are bought together more often than by chance. */
export function Affinity({ formats }: { formats: Formats }) {
  const [relation, setRelation] = useState<Schemas['PairRelation']>('sameBasket');
  const [sort, setSort] = useState<(typeof SORTS)[number][0]>('liftLower');
  const [limit, setLimit] = useState(15);
  const [typed, setTyped] = useState(TYPED);
  const [sent, setSent] = useState(TYPED);
  const text = (value: string) => value.trim() || undefined;
  const number = (value: string) => (value.trim() === '' ? undefined : Number(value));
  const query = {
    relation,
    sort,
    limit,
    minCount: number(sent.minCount),
    minSupport: sent.minSupport.trim() === '' ? undefined : Number(sent.minSupport) / 100,
    minLift: number(sent.minLift),
    product: text(sent.product),
    category: text(sent.category),
  };
  const answer = useAnswer(`affinity ${JSON.stringify(query)}`, (api, signal) =>
    answered(api.GET('/v1/analytics/affinity', { params: { query }, signal })),
  );

  function submit(event: FormEvent) {
    event.preventDefault();
    setSent(typed);
  }
  const field = (name: keyof typeof TYPED, label: string, more: object) => (
    <label className="field">
      {label}
      <input
        className={styles.typed}
        value={typed[name]}
        onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
        {...more}
      />
    </label>
  );

  return (
    <Nightly
      id="affinity"
      title="Bought together"
      note="Pairs of products by how many times as often they meet as by chance, with the lower end of the 95% range."
      controls={
        <form className="fields" onSubmit={submit}>
          <Choice name="Relation" value={relation} options={RELATIONS} onChange={setRelation} />
          <Choice name="Ranked by" value={sort} options={SORTS} onChange={setSort} />
          <Choice name="Pairs" value={limit} options={LIMITS} onChange={setLimit} />
          {field('minCount', 'Orders, at least', { type: 'number', min: 5 })}
          {field('minSupport', 'Share of orders, at least %', { type: 'number', min: 0, max: 100, step: 'any' })}
          {field('minLift', 'Lift, at least', { type: 'number', min: 0, step: 'any' })}
          {field('product', 'Product id', { maxLength: 128 })}
          {field('category', 'Category', { maxLength: 100 })}
          <button className="button primary" type="submit">
            Filter
          </button>
          <button
            className="button"
            type="button"
            onClick={() => {
              setTyped(TYPED);
              setSent(TYPED);
            }}
          >
            Clear
          </button>
        </form>
      }
      answer={answer}
      result={relation === 'nextOrder' ? 'affinity_next_order' : 'affinity'}
      formats={formats}
      footer={(found) =>
        found.matching !== null && (
          <span>
            {formats.count(found.pairs?.length)} of {formats.count(found.matching)} pairs, from{' '}
            {formats.count(found.orders)} orders
          </span>
        )
      }
    >
      {(found) =>
        found.pairs &&
        (found.pairs.length === 0 ? (
          <Empty>No pair is in so many orders of two customers or more. Clear a filter.</Empty>
        ) : (
          <>
            <div className="inside">
              <PairChart pairs={found.pairs} formats={formats} />
            </div>
            <PairTable pairs={found.pairs} formats={formats} />
            {found.ordersCut !== null && found.ordersCut > 0 && (
              <p className="inside quiet small">
                In {formats.count(found.ordersCut)} large orders, only the 100 most frequent products are paired.
              </p>
            )}
          </>
        ))
      }
    </Nightly>
  );
}
