'use client';

import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useState, type FormEvent, type ReactNode } from 'react';

import { useSessionState, type Session } from '../../lib/session/session';
import { Icon, type IconName } from '../Icon';
import { Notice } from '../Notice';
import styles from './Shell.module.css';
import { SignIn } from './SignIn';

const PAGES: readonly { path: string; name: string; icon: IconName; below?: string }[] = [
  { path: '/', name: 'Segments', icon: 'segments', below: '/segment' },
  { path: '/thresholds', name: 'Thresholds', icon: 'thresholds' },
  { path: '/customers', name: 'Customers', icon: 'customers', below: '/customer' },
  { path: '/campaigns', name: 'Campaigns', icon: 'campaigns', below: '/campaign' },
  { path: '/analytics', name: 'Analytics', icon: 'analytics' },
  { path: '/insights', name: 'Insights', icon: 'insights' },
  { path: '/quality', name: 'Quality', icon: 'quality' },
];

/** The frame of every page: navigation beside it for whoever is signed in, else the way to do that. */
export function Shell({ children }: { children: ReactNode }) {
  const state = useSessionState();
  switch (state.status) {
    case 'starting':
      return (
        <main className={styles.starting} aria-busy="true">
          <p>Starting…</p>
        </main>
      );
    case 'failed':
      return (
        <main className={styles.starting}>
          <Notice kind="bad" title="The dashboard cannot start">
            Its configuration, <code>/dashboard.json</code>, cannot be read. Check the connection, then
            reload the page.
          </Notice>
        </main>
      );
    case 'signedOut':
      return <SignIn signIn={state.signIn} />;
    case 'signedIn':
      return <Frame session={state.session}>{children}</Frame>;
  }
}

function Frame({ session, children }: { session: Session; children: ReactNode }) {
  const path = usePathname();
  return (
    <div className={styles.frame}>
      <a className={styles.skip} href="#content">
        Skip to the content
      </a>
      <header className={styles.side}>
        <p className={styles.brand}>
          <Icon name="brand" />
          <span>Customer segments</span>
        </p>
        <nav aria-label="Pages" className={styles.nav}>
          <ul>
            {PAGES.map((page) => (
              <li key={page.path}>
                <Link
                  prefetch={false}
                  href={page.path}
                  aria-current={
                    path === page.path || path === page.below || path.startsWith(`${page.path}/`) ? 'page' : undefined
                  }
                >
                  <Icon name={page.icon} />
                  {page.name}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className={styles.account}>
          {session.mayChooseOrganization && <OrganizationChoice session={session} />}
          <p className="wrap" title={session.email ?? undefined}>
            {session.email ?? 'Signed in'}
          </p>
          <p className="quiet">{session.mayChange ? session.role : `${session.role}, reads only`}</p>
          <button className="button" type="button" onClick={() => void session.signOut()}>
            Sign out
          </button>
        </div>
      </header>
      <main id="content" className={styles.main} tabIndex={-1}>
        {/* Another organisation is another page: nothing of the one before stays on it. */}
        <div className={styles.page} key={session.organization}>
          {children}
        </div>
      </main>
    </div>
  );
}

function OrganizationChoice({ session }: { session: Session }) {
  const [id, setId] = useState(session.organization ?? '');
  function choose(event: FormEvent) {
    event.preventDefault();
    session.chooseOrganization(id.trim() || null);
  }
  return (
    <form className={styles.choice} onSubmit={choose}>
      <label className="field">
        Organisation
        <input value={id} onChange={(event) => setId(event.target.value)} placeholder="Your own" />
      </label>
      <button className="button" type="submit">
        Show
      </button>
    </form>
  );
}
