'use client';

import type { FirebaseApp } from 'firebase/app';
import { onIdTokenChanged, signInWithEmailAndPassword, signOut, type User } from 'firebase/auth';
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';

import { createApi, type Api } from '../api/client';
import { readConfiguration, type Configuration } from './config';
import { startFirebase, type Firebase } from './firebase';

/** Somebody who is signed in. */
export interface Session {
  email: string | null;
  api: Api;
  app: FirebaseApp;
  configuration: Configuration;
  /** The organisation that was chosen; null for the account's own. */
  organization: string | null;
  chooseOrganization(id: string | null): void;
  signOut(): Promise<void>;
}

export type SessionState =
  | { status: 'starting' }
  | { status: 'failed' }
  | { status: 'signedOut'; signIn(email: string, password: string): Promise<void> }
  | { status: 'signedIn'; session: Session };

interface SignedIn {
  user: User;
  /** What the token says, without when it was made: where that changes, the API may answer otherwise. */
  claims: string;
}

const Context = createContext<SessionState>({ status: 'starting' });

let started: Promise<{ configuration: Configuration; firebase: Firebase }> | undefined;

function start() {
  started ??= readConfiguration().then((configuration) => ({
    configuration,
    firebase: startFirebase(configuration),
  }));
  return started;
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const [ready, setReady] = useState<Awaited<ReturnType<typeof start>> | null>(null);
  const [failed, setFailed] = useState(false);
  const [account, setAccount] = useState<SignedIn | null | undefined>(undefined);
  const [organization, chooseOrganization] = useState<string | null>(null);

  useEffect(() => {
    let stop = () => {};
    let left = false;
    start().then(
      (made) => {
        if (left) return;
        setReady(made);
        stop = onIdTokenChanged(made.firebase.auth, async (user) => {
          if (user === null) {
            setAccount(null);
            chooseOrganization(null);
            return;
          }
          const { claims: found } = await user.getIdTokenResult();
          const claims = JSON.stringify({ ...found, iat: undefined, exp: undefined, auth_time: undefined });
          setAccount((known) => (known?.claims === claims ? known : { user, claims }));
        });
      },
      () => setFailed(true),
    );
    return () => {
      left = true;
      stop();
    };
  }, []);

  const state = useMemo<SessionState>(() => {
    if (failed) return { status: 'failed' };
    if (ready === null || account === undefined) return { status: 'starting' };
    const { configuration, firebase } = ready;
    if (account === null) {
      return {
        status: 'signedOut',
        async signIn(email, password) {
          await signInWithEmailAndPassword(firebase.auth, email, password);
        },
      };
    }
    const api = createApi({
      api: configuration.api,
      insights: configuration.insights,
      organization,
      token: (fresh) => account.user.getIdToken(fresh),
    });
    return {
      status: 'signedIn',
      session: {
        email: account.user.email,
        api,
        app: firebase.app,
        configuration,
        organization,
        chooseOrganization,
        signOut: () => signOut(firebase.auth),
      },
    };
  }, [ready, failed, account, organization]);

  return <Context value={state}>{children}</Context>;
}

export function useSessionState(): SessionState {
  return useContext(Context);
}

/** Who is signed in; only for what is below a page, which is shown to nobody else. */
export function useSession(): Session {
  const state = useContext(Context);
  if (state.status !== 'signedIn') throw new Error('Nobody is signed in.');
  return state.session;
}
