'use client';

import type { ReactNode } from 'react';

import type { Answer } from '../lib/api/useAnswer';
import { Problem } from './Problem';

/**
 * An answer of the API: what it says, the wait for it, or why there is none. Where a reload failed, why,
 * above what is known.
 */
export function Asked<T>({
  answer,
  wait,
  children,
}: {
  answer: Answer<T>;
  /** What holds the place; grey lines by default. */
  wait?: ReactNode;
  children(data: T): ReactNode;
}) {
  const { data, error, loading, reload } = answer;
  const problem = error && (
    <div className="problem">
      <Problem error={error} retry={reload} />
    </div>
  );
  if (data === undefined) {
    return problem ?? (
      <div role="status">
        <span className="hidden">Loading…</span>
        {wait ?? <Lines />}
      </div>
    );
  }
  return (
    <>
      {problem}
      <div aria-busy={loading}>{children(data)}</div>
    </>
  );
}

export function Lines({ count = 4 }: { count?: number }) {
  return (
    <div className="lines">
      {Array.from({ length: count }, (_, number) => (
        <span className="skeleton" key={number} />
      ))}
    </div>
  );
}

export function LinesPanel() {
  return (
    <section className="panel">
      <div className="inside">
        <Lines count={8} />
      </div>
    </section>
  );
}
