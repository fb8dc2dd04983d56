'use client';

import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useMemo, type ReactNode } from 'react';

import { answered } from '../../lib/api/client';
import { useAnswer } from '../../lib/api/useAnswer';
import { useFormats } from '../../lib/format/useFormats';
import { AnalyticsContext } from './AnalyticsContext';

const PAGES = [
  ['/analytics', 'Sales'],
  ['/analytics/cohorts', 'Cohorts'],
  ['/analytics/products', 'Products'],
  ['/analytics/churn', 'Churn'],
  ['/analytics/predictions', 'Predictions'],
] as const;

export default function AnalyticsLayout({ children }: { children: ReactNode }) {
  const path = usePathname();
  const overview = useAnswer('overview', (api, signal) =>
    answered(api.GET('/v1/analytics/overview', { signal })),
  );
  const formats = useFormats(overview.data?.timeZone);
  const shared = useMemo(() => ({ overview, formats }), [overview, formats]);
  return (
    <div className="stack">
      <div className="pagehead">
        <div>
          <h1>Analytics</h1>
          <p>{overview.data?.dataNote ?? 'Sales, cohorts, products and what comes next'}</p>
        </div>
        {overview.data && <span className="badge">As of {formats.instant(overview.data.asOf)}</span>}
      </div>
      <nav className="tabs" aria-label="Analytics">
        {PAGES.map(([address, name]) => (
          <Link prefetch={false} key={address} href={address} aria-current={path === address ? 'page' : undefined}>
            {name}
          </Link>
        ))}
      </nav>
      <AnalyticsContext value={shared}>{children}</AnalyticsContext>
    </div>
  );
}
