import type { ReactNode } from 'react';

/** A box that scrolls sideways by itself, by keyboard too, so that the page never has to. */
export function Scroll({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="scroll" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
