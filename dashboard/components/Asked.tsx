'use client';

import { useEffect, useState, type ReactNode } from 'react';

import type { ApiError } from '../lib/api/problem';
import type { Answer } from '../lib/api/useAnswer';
import { Notice } from './Notice';

/** An answer of the API: what it says, the wait for it, or why there is none. */
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
  if (error) return <Problem error={error} retry={reload} />;
  if (data === undefined) {
    return (
      <div role="status">
        <span className="hidden">Loading…</span>
        {wait ?? <Lines />}
      </div>
    );
  }
  return <div aria-busy={loading}>{children(data)}</div>;
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

/** Why there is no answer, and what to do. */
export function Problem({ error, retry }: { error: ApiError; retry(): void }) {
  const seconds = error.status === 429 || error.status === 503 ? error.retryAfterSeconds : null;
  useEffect(() => {
    if (seconds === null) return;
    const timer = setTimeout(retry, Math.max(1, seconds) * 1000);
    return () => clearTimeout(timer);
  }, [seconds, retry]);
  return (
    <Notice kind={error.status === 404 ? 'info' : 'bad'} title={titleOf(error)}>
      <p>{error.message}</p>
      {error.items.length > 0 && (
        <ul>
          {error.items.map((item) => (
            <li key={`${item.parameter}${item.pointer}${item.detail}`}>
              {(item.parameter ?? item.pointer) && <b>{item.parameter ?? item.pointer}: </b>}
              {item.detail}
            </li>
          ))}
        </ul>
      )}
      {seconds !== null ? (
        <Countdown seconds={Math.max(1, seconds)} />
      ) : (
        <button className="button" type="button" onClick={retry}>
          Try again
        </button>
      )}
    </Notice>
  );
}

function Countdown({ seconds }: { seconds: number }) {
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    const timer = setInterval(() => setLeft((value) => Math.max(0, value - 1)), 1000);
    return () => clearInterval(timer);
  }, []);
  return <p data-retry>Trying again in {left} s.</p>;
}

const TITLES: Readonly<Record<number, string>> = {
  0: 'The API cannot be reached',
  400: 'The API does not accept this',
  401: 'Your sign-in has ended: sign out, then in again',
  403: 'Your account may not see this',
  404: 'There is no such thing',
  409: 'This is under way already',
  412: 'Somebody else has changed this: load it again',
  422: 'This was sent before with other contents',
  428: 'Load this again before you change it',
  429: 'Too many calls',
  503: 'The API is busy',
};

function titleOf({ status }: ApiError): string {
  return TITLES[status] ?? 'The API failed';
}
