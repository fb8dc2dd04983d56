'use client';

import { Confirm } from '../../components/Confirm';
import { isolated } from '../../lib/format/isolated';
import type { Saved } from './Builder';

export function SaveButtons({
  saved,
  busy,
  complete,
  onRemove,
}: {
  saved: Saved | undefined;
  busy: boolean;
  complete: boolean;
  onRemove(): void;
}) {
  return (
    <div className="fields">
      <button className="button primary" type="submit" disabled={busy || !complete}>
        {busy ? 'Saving…' : saved ? 'Save changes' : 'Save segment'}
      </button>
      {saved && (
        <Confirm
          action="Delete"
          question={`Delete “${isolated(saved.segment.name)}”?`}
          busy={busy}
          onConfirm={onRemove}
        />
      )}
      {!complete && <span className="quiet small">Fill in every condition first.</span>}
    </div>
  );
}
