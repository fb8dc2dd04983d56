// Listens to counts as the dashboard does, over a connection that is there only after a while, and
// prints those shown first. The environment has LISTEN, JSON: {project, host, port, organization, claims}.
import { deleteApp, initializeApp } from 'firebase/app';
import {
  collection,
  connectFirestoreEmulator,
  disableNetwork,
  enableNetwork,
  getFirestore,
  onSnapshot,
  setLogLevel,
} from 'firebase/firestore';

import { listenToCounts } from '../../lib/live/counts.ts';
import type { LiveCounts } from '../../lib/live/shards.ts';

interface Call {
  project: string;
  host: string;
  port: number;
  organization: string;
  claims: Record<string, string>;
}

const { project, host, port, organization, claims } = JSON.parse(process.env.LISTEN ?? '') as Call;
setLogLevel('silent');
const app = initializeApp({ projectId: project, apiKey: 'any' });
const database = getFirestore(app);
connectFirestoreEmulator(database, host, port, { mockUserToken: { sub: 'somebody', ...claims } });
await disableNetwork(database);

const shown = new Promise<LiveCounts>((show, end) => {
  listenToCounts({ app, emulators: null, organization, show, end });
});
// The SDK has begun with its cache.
const shards = collection(database, 'tenants', organization, 'segment_counts');
await new Promise<void>((begun) => {
  const stop = onSnapshot(shards, () => {
    stop();
    begun();
  });
});
await enableNetwork(database);

process.stdout.write(JSON.stringify((await shown).segments));
await deleteApp(app);
