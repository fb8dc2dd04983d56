import type { ReactNode } from 'react';

import { UNKNOWN } from '../lib/format/format';

/** A number or a word, or that nobody knows it and why: never 0 for what is not known. */
export function Known<T>({
  value,
  format,
  otherwise,
}: {
  value: T | null | undefined;
  format(value: T): ReactNode;
  /** The reason why there may be none, as a sentence without its full stop. */
  otherwise: string;
}) {
  if (value !== null && value !== undefined) return format(value);
  return (
    <span title={otherwise}>
      {UNKNOWN}
      <span className="hidden"> ({otherwise})</span>
    </span>
  );
}
