import type { FirebaseApp } from 'firebase/app';
import { doc, onSnapshot, type Timestamp } from 'firebase/firestore';

import type { Emulators } from '../session/config';
import { firestore } from './firestore';

/**
 * Calls `show` with the time of an organisation's nightly result at first and after every new one, until
 * the function that this gives is called. One read at first, and one per change.
 */
export function listenToResult(options: {
  app: FirebaseApp;
  emulators: Emulators | null;
  organization: string;
  name: string;
  show(computedAt: Date): void;
}): () => void {
  const { app, emulators, organization, name, show } = options;
  return onSnapshot(
    doc(firestore(app, emulators), 'tenants', organization, 'analytics', name),
    { includeMetadataChanges: true }, // as for counts
    (snapshot) => {
      const computedAt = snapshot.get('computed_at') as Timestamp | null | undefined;
      if (!snapshot.metadata.fromCache && computedAt) show(computedAt.toDate());
    },
    // The number on the page stays what it is, and says as of when.
    () => {},
  );
}
