import type { ReactNode } from 'react';

/** A part of a page, with its heading, what it says, and its controls. */
export function Panel({
  id,
  title,
  note,
  controls,
  children,
}: {
  id: string;
  title: string;
  note?: ReactNode;
  controls?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className="panel" aria-labelledby={id}>
      <header>
        <div>
          <h2 id={id}>{title}</h2>
          {note !== undefined && <p>{note}</p>}
        </div>
        {controls !== undefined && <div className="fields">{controls}</div>}
      </header>
      {children}
    </section>
  );
}
