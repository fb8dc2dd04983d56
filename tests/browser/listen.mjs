// Listens as the dashboard in a browser does, and prints what it is told, a JSON object per line:
//   {"path", "documents": {id: fields}}   a snapshot of the document or collection at this path
//   {"path", "error": code}               the listener's end
// The argument is JSON: {project, firestore: {host, port}, paths}, and who listens: {claims} for a
// token that the Firestore emulator alone believes, or {auth, email, password} to sign in at the
// auth emulator of this address. Ends when standard input does.
import { initializeApp } from 'firebase/app';
import { connectAuthEmulator, getAuth, signInWithEmailAndPassword } from 'firebase/auth';

import {
  collection,
  connectFirestoreEmulator,
  doc,
  getFirestore,
  onSnapshot,
  setLogLevel,
} from './firestore_for_browsers.mjs';

const { project, firestore, paths, claims, auth, email, password } = JSON.parse(process.argv[2]);

function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function listen(path) {
  const isDocument = path.split('/').length % 2 === 0;
  let told;
  onSnapshot(
    isDocument ? doc(db, path) : collection(db, path),
    { includeMetadataChanges: true },
    (snapshot) => {
      // Where the server takes long to answer, the SDK begins with its cache, which is empty, and
      // says later that this was from the server too.
      if (snapshot.metadata.fromCache) return;
      const found = isDocument ? [snapshot].filter((one) => one.exists()) : snapshot.docs;
      const documents = Object.fromEntries(found.map((one) => [one.id, one.data()]));
      const text = JSON.stringify(documents);
      if (text !== told) say({ path, documents });
      told = text;
    },
    (error) => say({ path, error: error.code }),
  );
}

setLogLevel('silent');
const app = initializeApp({ projectId: project, apiKey: 'any' });
const db = getFirestore(app);
const mockUserToken = claims && { sub: 'somebody', ...claims };
connectFirestoreEmulator(db, firestore.host, firestore.port, mockUserToken && { mockUserToken });
if (auth) {
  connectAuthEmulator(getAuth(app), auth, { disableWarnings: true });
  await signInWithEmailAndPassword(getAuth(app), email, password);
}
paths.forEach(listen);
process.stdin.resume().on('end', () => process.exit(0));
