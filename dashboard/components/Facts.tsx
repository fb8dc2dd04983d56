import type { ReactNode } from 'react';

import styles from './Facts.module.css';

export interface Fact {
  id: string;
  label: string;
  shown: string;
  /** Where it comes from, and as of when. */
  note?: ReactNode;
}

/** The numbers behind a sentence, one click away. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <details className={styles.facts}>
      <summary>
        {facts.length} {facts.length === 1 ? 'fact' : 'facts'} behind this
      </summary>
      <dl>
        {facts.map(({ id, label, shown, note }) => (
          <div key={id}>
            <dt className="wrap">{label}</dt>
            <dd>{shown}</dd>
            {note !== undefined && <dd className={styles.note}>{note}</dd>}
          </div>
        ))}
      </dl>
    </details>
  );
}
