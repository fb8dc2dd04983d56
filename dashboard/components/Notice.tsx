import type { ReactNode } from 'react';

import { Icon, type IconName } from './Icon';

/** Says what is the matter, and what to do about it. */
export function Notice({
  kind = 'info',
  icon = kind === 'info' ? 'info' : 'warning',
  title,
  children,
}: {
  kind?: 'info' | 'warning' | 'bad';
  icon?: IconName;
  title: string;
  children?: ReactNode;
}) {
  return (
    <div className={`notice ${kind}`} role={kind === 'bad' ? 'alert' : undefined}>
      <span className="mark">
        <Icon name={icon} />
      </span>
      <strong>{title}</strong>
      {children !== undefined && <div>{children}</div>}
    </div>
  );
}
