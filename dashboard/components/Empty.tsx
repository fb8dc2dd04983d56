import type { ReactNode } from 'react';

/** Nothing to show, with the reason: known to be none, which is not the same as not known. */
export function Empty({ children }: { children: ReactNode }) {
  return <p className="inside quiet">{children}</p>;
}
