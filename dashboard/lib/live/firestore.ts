import type { FirebaseApp } from 'firebase/app';
import { connectFirestoreEmulator, getFirestore, type Firestore } from 'firebase/firestore';

import type { Emulators } from '../session/config';

let database: Firestore | undefined;

/** The database, which is connected to once per page. */
export function firestore(app: FirebaseApp, emulators: Emulators | null): Firestore {
  if (database === undefined) {
    database = getFirestore(app);
    if (emulators) {
      connectFirestoreEmulator(database, emulators.firestore.host, emulators.firestore.port);
    }
  }
  return database;
}
