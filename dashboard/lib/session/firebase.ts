import { initializeApp, type FirebaseApp } from 'firebase/app';
import {
  browserSessionPersistence,
  connectAuthEmulator,
  indexedDBLocalPersistence,
  initializeAuth,
  type Auth,
} from 'firebase/auth';

import type { Configuration } from './config';

export interface Firebase {
  app: FirebaseApp;
  auth: Auth;
}

/** Firebase's app and sign-in, which are made once per page. Signs in at the emulator if there is one. */
export function startFirebase({ firebase, emulators }: Configuration): Firebase {
  const app = initializeApp(firebase);
  const auth = initializeAuth(app, {
    persistence: [indexedDBLocalPersistence, browserSessionPersistence],
  });
  if (emulators) connectAuthEmulator(auth, emulators.auth, { disableWarnings: true });
  return { app, auth };
}
