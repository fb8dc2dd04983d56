'use client';

import { useState } from 'react';

/** A button that asks once more before it does what cannot be undone. */
export function Confirm({
  action,
  question,
  busy,
  onConfirm,
}: {
  action: string;
  question: string;
  busy: boolean;
  onConfirm(): void;
}) {
  const [asking, setAsking] = useState(false);
  if (!asking) {
    return (
      <button className="button" type="button" disabled={busy} onClick={() => setAsking(true)}>
        {action}
      </button>
    );
  }
  return (
    <span className="fields" role="group" aria-label={question}>
      <span className="wrap">{question}</span>
      <button
        className="button danger"
        type="button"
        autoFocus
        disabled={busy}
        onClick={() => {
          setAsking(false);
          onConfirm();
        }}
      >
        {action}
      </button>
      <button className="button" type="button" onClick={() => setAsking(false)}>
        Keep
      </button>
    </span>
  );
}
