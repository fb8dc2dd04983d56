import type { FirebaseApp } from 'firebase/app';
import { collection, onSnapshot } from 'firebase/firestore';

import type { Emulators } from '../session/config';
import { firestore } from './firestore.ts';
import { summed, type LiveCounts, type Shard } from './shards.ts';

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
    // Where the server takes long, the SDK begins with its cache, which is empty and says nothing about
    // the counts, and announces what the server confirms of it as a change of metadata alone.
    { includeMetadataChanges: true },
    (snapshot) => {
      if (snapshot.metadata.fromCache) return;
      show(summed(snapshot.docs.map((shard) => shard.data() as Shard)));
    },
    (error) => end(error.code),
  );
}
