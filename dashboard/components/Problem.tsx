'use client';

import { useEffect, useState } from 'react';

import { explain } from '../lib/api/explain';
import type { ApiError } from '../lib/api/problem';
import { useSession } from '../lib/session/session';
import { Notice } from './Notice';

/** Why there is no answer, and what to do; what passes by itself is asked for again by itself. */
export function Problem({ error, retry }: { error: ApiError; retry(): void }) {
  const { signOut } = useSession();
  const online = useOnline(error.unreachable ? retry : undefined);
  const { title, advice, icon, kind, button, signIn } = explain(error, online);
  const waits = (error.status === 429 || error.status === 503) && error.retryAfterSeconds !== null;
  return (
    <Notice kind={kind} icon={icon} title={title}>
      <p>{advice}</p>
      {!error.unreachable && <p className="small">{error.message}</p>}
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
      {waits ? (
        <Countdown error={error} retry={retry} />
      ) : (
        button !== null && (
          <button className="button" type="button" onClick={signIn ? () => void signOut() : retry}>
            {button}
          </button>
        )
      )}
    </Notice>
  );
}

function Countdown({ error, retry }: { error: ApiError; retry(): void }) {
  const seconds = Math.max(1, error.retryAfterSeconds ?? 1);
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    setLeft(seconds);
    const timer = setInterval(() => setLeft((value) => Math.max(0, value - 1)), 1000);
    return () => clearInterval(timer);
  }, [error, seconds]);
  useEffect(() => {
    if (left === 0) retry();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once per wait, whatever function `retry` is by then.
  }, [left]);
  return (
    <p data-retry>
      {left === 0 ? 'Trying again…' : `Trying again in ${left} s.`}
    </p>
  );
}

/** Whether the browser has a network; `back` is called when it has one again. */
function useOnline(back: (() => void) | undefined): boolean {
  const [online, setOnline] = useState(() => navigator.onLine);
  useEffect(() => {
    const change = () => {
      setOnline(navigator.onLine);
      if (navigator.onLine) back?.();
    };
    addEventListener('online', change);
    addEventListener('offline', change);
    return () => {
      removeEventListener('online', change);
      removeEventListener('offline', change);
    };
  }, [back]);
  return online;
}
