import type { ReactNode } from 'react';

import { Icon } from './Icon';

/** Says what is the matter, and what to do about it. */
export function Notice({
  kind = 'info',
  title,
  children,
}: {
  kind?: 'info' | 'warning' | 'bad';
  title: string;
  children?: ReactNode;
}) {
  return (
    <div className={`notice ${kind}`} role={kind === 'bad' ? 'alert' : undefined}>
      <span className="mark">
        <Icon name={kind === 'info' ? 'info' : 'warning'} />
      </span>
      <strong>{title}</strong>
      {children !== undefined && <div>{children}</div>}
    </div>
  );
}
