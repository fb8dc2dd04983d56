'use client';

import type { Schemas } from '../lib/api/client';
import type { Formats } from '../lib/format/format';
import { Notice } from './Notice';

/** How it stands with something that is computed each night. */
export interface Computed {
  status: Schemas['ComputedStatus'];
  computedAt: string | null;
  stale: boolean;
  lastError?: string | null;
}

/** As of when a nightly number is, in words. */
export function Freshness({ of, formats }: { of: Computed; formats: Formats }) {
  if (of.computedAt === null) return <span className="badge">Not computed yet</span>;
  return (
    <span className={`badge ${of.stale ? 'warning' : ''}`}>
      {of.stale ? 'Out of date, as of ' : 'As of '}
      {formats.instant(of.computedAt)}
    </span>
  );
}

/** Why a nightly number is missing or old; nothing where it is well. */
export function FreshnessNotice({ of, formats }: { of: Computed; formats: Formats }) {
  if (of.status === 'failed') {
    return (
      <Notice kind="warning" title="The last computation failed">
        <p>
          {of.computedAt === null
            ? 'There is no earlier result. '
            : `What is shown is as of ${formats.instant(of.computedAt)}. `}
          It is tried again every night{of.lastError ? `; the error was ${of.lastError}.` : '.'}
        </p>
      </Notice>
    );
  }
  if (of.status === 'pending') {
    return (
      <Notice icon="clock" title="Not computed yet">
        <p>This is computed every night, for the first time in the night after the first order.</p>
      </Notice>
    );
  }
  if (of.stale) {
    return (
      <Notice kind="warning" icon="clock" title="Out of date">
        <p>
          A newer result is due: what is shown is as of {formats.instant(of.computedAt)}. It is computed every night;
          if it stays so, report it to whoever runs the service.
        </p>
      </Notice>
    );
  }
  return null;
}
