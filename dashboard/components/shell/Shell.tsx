'use client';

import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useState, type FormEvent, type ReactNode } from 'react';

import { answered } from '../../lib/api/client';
import { useCall } from '../../lib/api/useCall';
import { AccountContext } from '../../lib/session/account';
import { accountOf, type Account } from '../../lib/session/accountOf';
import { useSessionState, type Session } from '../../lib/session/session';
import { Icon, type IconName } from '../Icon';
import { Notice } from '../Notice';
import { Problem } from '../Problem';
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
  // Asked for beside what the page needs, once for all pages.
  const me = useCall('me', (api, signal) => answered(api.GET('/v1/me', { signal })));
  const account = accountOf(me.data, session.organization);
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
          {(session.organization !== null || account?.namableOrganizations === 'any') && (
            <OrganizationChoice session={session} others={me.data?.otherOrgIds ?? []} />
          )}
          <p className="wrap" title={session.email ?? undefined}>
            {session.email ?? 'Signed in'}
          </p>
          <AccountFacts account={account} />
          <button className="button" type="button" onClick={() => void session.signOut()}>
            Sign out
          </button>
        </div>
      </header>
      <main id="content" className={styles.main} tabIndex={-1}>
        {/* Another organisation is another page: nothing of the one before stays on it. */}
        <div className={styles.page} key={session.organization}>
          {me.error ? (
            <Problem error={me.error} retry={me.reload} />
          ) : (
            <AccountContext value={account}>{children}</AccountContext>
          )}
        </div>
      </main>
    </div>
  );
}

/** Role and organisation; they hold their place while nobody knows them. */
function AccountFacts({ account }: { account: Account | null }) {
  return (
    <p className="quiet wrap" data-account={account?.role}>
      {account ? `${account.role} of ${account.orgId}${account.mayChange.length > 0 ? '' : ', reads only'}` : '…'}
    </p>
  );
}

function OrganizationChoice({ session, others }: { session: Session; others: readonly string[] }) {
  const [id, setId] = useState(session.organization ?? '');
  function choose(event: FormEvent) {
    event.preventDefault();
    session.chooseOrganization(id.trim() || null);
  }
  return (
    <form className={styles.choice} onSubmit={choose}>
      <label className="field">
        Organisation
        <input
          list="organisations"
          value={id}
          onChange={(event) => setId(event.target.value)}
          placeholder="Your own"
        />
        <datalist id="organisations">
          {others.map((other) => (
            <option key={other} value={other} />
          ))}
        </datalist>
      </label>
      <button className="button" type="submit">
        Show
      </button>
    </form>
  );
}
