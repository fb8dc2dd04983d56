import type { FirebaseApp } from 'firebase/app';
import { collection, onSnapshot } from 'firebase/firestore';

import type { Emulators } from '../session/config';
import { firestore } from './firestore';
import { summed, type LiveCounts, type Shard } from './shards';

/**
 * Calls `show` with an organisation's counts at first and after every change, until the function that
 * this gives is called. `end` is called where the listener ends by itself.
 */
export function listenToCounts(options: {
  app: FirebaseApp;
  emulators: Emulators | null;
  organization: string;
  show(counts: LiveCounts): void;
  end(code: string): void;
}): () => void {
  const { app, emulators, organization, show, end } = options;
  const shards = collection(firestore(app, emulators), 'tenants', organization, 'segment_counts');
  return onSnapshot(
    shards,
    { includeMetadataChanges: false },
    (snapshot) => {
      // An empty cache says nothing about the counts.
      if (snapshot.metadata.fromCache) return;
      show(summed(snapshot.docs.map((shard) => shard.data() as Shard)));
    },
    (error) => end(error.code),
  );
}
