'use client';

import Link from 'next/link';

import { Asked } from '../../components/Asked';
import { Facts } from '../../components/Facts';
import { answered, type Schemas } from '../../lib/api/client';
import { useAnswer } from '../../lib/api/useAnswer';
import type { Formats } from '../../lib/format/format';
import { useMayChange } from '../../lib/session/account';
import styles from './Suggestions.module.css';

type Suggestion = Omit<Schemas['SegmentSuggestion'], 'statusHint'>;

/** Groups worth acting on, each of which can become a custom segment. */
export function Suggestions({ formats }: { formats: Formats }) {
  const answer = useAnswer('suggestions', (api, signal) =>
    answered(api.GET('/v1/segments/suggestions', { signal })),
  );
  return (
    <section className="stack" aria-labelledby="suggestions">
      <h2 id="suggestions">Worth acting on</h2>
      <Asked answer={answer}>
        {({ suggestions, asOf }) =>
          suggestions.length === 0 ? (
            <p className="quiet">Nobody stands out today.</p>
          ) : (
            <div className="stack">
              <ul className={styles.list}>
                {suggestions.map((suggestion) => (
                  <Card key={suggestion.id} suggestion={suggestion} formats={formats} />
                ))}
              </ul>
              <p className="quiet small">As of {formats.instant(asOf)}</p>
            </div>
          )
        }
      </Asked>
    </section>
  );
}

function Card({ suggestion, formats }: { suggestion: Suggestion; formats: Formats }) {
  const mayChange = useMayChange('customSegments');
  return (
    <li className={`panel ${styles.card}`}>
      <div className={styles.head}>
        <h3>
          <bdi>{suggestion.name}</bdi>
        </h3>
        <p className={styles.numbers}>
          <b>{formats.count(suggestion.estimatedCount)}</b> customers ·{' '}
          <b>{formats.roundMoney(suggestion.lifetimeValue)}</b>
        </p>
      </div>
      <p className="wrap">{suggestion.reasoning}</p>
      <Facts
        facts={suggestion.facts.map(({ id, label, value, unit }) => ({
          id,
          label,
          shown: unit === 'currency' ? formats.money(value) : `${formats.decimal(value, 0)} ${unit}`,
        }))}
      />
      {mayChange && (
        <Link prefetch={false} className={`button ${styles.action}`} href={`/segment?suggestion=${suggestion.id}`}>
          Create segment
          <span className="hidden">
            : <bdi>{suggestion.name}</bdi>
          </span>
        </Link>
      )}
    </li>
  );
}
