'use client';

import { useNewerResult } from '../lib/live/useNewerResult';

/** Offers a nightly result that came while an earlier one is read; never puts it there by itself. */
export function NewerResult({
  organization,
  name,
  computedAt,
  onShow,
}: {
  organization: string | undefined;
  /** Name of its document. */
  name: string;
  computedAt: string | null | undefined;
  onShow(): void;
}) {
  const newer = useNewerResult({ organization, name, computedAt });
  return (
    <div role="status">
      {newer && (
        <p className="newer">
          A newer result is there.
          <button className="button" type="button" onClick={onShow}>
            Show it
          </button>
        </p>
      )}
    </div>
  );
}
