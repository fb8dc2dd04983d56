'use client';

import { useRef, useState } from 'react';

import { Asked, Problem } from '../../components/Asked';
import { Facts } from '../../components/Facts';
import { answered, idempotencyKey, type Schemas } from '../../lib/api/client';
import { ApiError } from '../../lib/api/problem';
import { useAnswer } from '../../lib/api/useAnswer';
import type { Formats } from '../../lib/format/format';
import { useSession } from '../../lib/session/session';
import styles from './Suggestions.module.css';

type Suggestion = Omit<Schemas['SegmentSuggestion'], 'statusHint'>;

/** Groups worth acting on, each of which can become a custom segment. */
export function Suggestions({ onCreated, formats }: { onCreated(): void; formats: Formats }) {
  const answer = useAnswer('suggestions', (api, signal) =>
    answered(api.GET('/v1/segments/suggestions', { signal })),
  );
  return (
    <section className="stack" aria-labelledby="suggestions">
      <h2 id="suggestions">Worth acting on</h2>
      <Asked answer={answer}>
        {({ suggestions }) =>
          suggestions.length === 0 ? (
            <p className="quiet">Nobody stands out today.</p>
          ) : (
            <ul className={styles.list}>
              {suggestions.map((suggestion) => (
                <Card key={suggestion.id} suggestion={suggestion} onCreated={onCreated} formats={formats} />
              ))}
            </ul>
          )
        }
      </Asked>
    </section>
  );
}

function Card({
  suggestion,
  onCreated,
  formats,
}: {
  suggestion: Suggestion;
  onCreated(): void;
  formats: Formats;
}) {
  const { mayChange } = useSession();
  return (
    <li className={`panel ${styles.card}`}>
      <div className={styles.head}>
        <h3>{suggestion.name}</h3>
        <p className={styles.numbers}>
          <b>{formats.count(suggestion.estimatedCount)}</b> customers ·{' '}
          <b>{formats.roundMoney(suggestion.lifetimeValue)}</b>
        </p>
      </div>
      <p>{suggestion.reasoning}</p>
      <Facts
        facts={suggestion.facts.map(({ id, label, value, unit }) => ({
          id,
          label,
          shown: unit === 'currency' ? formats.money(value) : `${formats.decimal(value, 0)} ${unit}`,
        }))}
      />
      {mayChange && <Create suggestion={suggestion} onCreated={onCreated} />}
    </li>
  );
}

function Create({ suggestion, onCreated }: { suggestion: Suggestion; onCreated(): void }) {
  const { api } = useSession();
  const [state, setState] = useState<'idle' | 'busy' | 'done' | ApiError>('idle');
  // Of the segment, not of the attempt: clicking twice creates it once.
  const key = useRef(crypto.randomUUID());

  async function create() {
    setState('busy');
    try {
      await api.POST('/v1/custom-segments', {
        params: { header: idempotencyKey(key.current) },
        body: { name: suggestion.name, description: suggestion.description, filters: suggestion.filters },
      });
      setState('done');
      onCreated();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setState(error);
    }
  }

  if (state instanceof ApiError) return <Problem error={state} retry={() => void create()} />;
  return (
    <button
      className={`button ${styles.action}`}
      type="button"
      disabled={state !== 'idle'}
      onClick={() => void create()}
    >
      {{ idle: 'Create segment', busy: 'Creating…', done: 'Created' }[state]}
    </button>
  );
}
