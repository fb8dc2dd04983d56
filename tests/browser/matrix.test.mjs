// Who may do what under firestore.rules, asked with the SDK through @firebase/rules-unit-testing.
// The environment variable MATRIX holds {project, host, port, names}: `names` are those that the
// product gives to collections, and each is tried at the root and in both organisations.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { initializeTestEnvironment } from '@firebase/rules-unit-testing';
import {
  collection,
  collectionGroup,
  deleteDoc,
  doc,
  getDocFromServer,
  getDocsFromServer,
  onSnapshot,
  setDoc,
  setLogLevel,
  updateDoc,
  writeBatch,
} from 'firebase/firestore';

const { project, host, port, names } = JSON.parse(process.env.MATRIX);

// What staff read in their own organisation. Nothing else is readable, and nothing is writable.
const READABLE = new Set([
  'analytics',
  'custom_segments',
  'customer_segments',
  'daily_stats',
  'segment_counts',
  'segment_transitions',
]);

// Kind of user, claims (none where nobody is signed in), organisations of which the user is staff.
const USERS = [
  ['signed out', undefined, []],
  ['without claims', {}, []],
  ['member by orgId', { role: 'brand', orgId: 'acme' }, ['acme']],
  ['member by brandId', { role: 'brand_admin', brandId: 'acme' }, ['acme']],
  ['member by currentOrgId', { role: 'dispensary_staff', currentOrgId: 'acme' }, ['acme']],
  ['member by tenantId', { role: 'budtender', tenantId: 'acme' }, ['acme']],
  ['member by another claim', { role: 'brand', organizationId: 'acme' }, []],
  ['member whose claim is a list', { role: 'brand', orgId: ['acme', 'bravo'] }, []],
  ['member of two', { role: 'dispensary', orgId: 'acme', brandId: 'bravo' }, ['acme', 'bravo']],
  ['member of the other organisation', { role: 'brand', orgId: 'bravo' }, ['bravo']],
  ['member of an organisation that is not there', { role: 'brand', orgId: 'charlie' }, []],
  ['staff of no organisation', { role: 'brand', orgId: '' }, []],
  ['wrong role', { role: 'customer', orgId: 'acme' }, []],
  ['role of the same family', { role: 'brand_guest', orgId: 'acme' }, []],
  ['almost the right role', { role: 'brands', orgId: 'acme' }, []],
  ['role that is a list', { role: ['brand'], orgId: 'acme' }, []],
  ['no role', { orgId: 'acme', brandId: 'acme', currentOrgId: 'acme', tenantId: 'acme' }, []],
  ['approval pending', { role: 'brand', orgId: 'acme', approvalStatus: 'pending' }, []],
  ['approval rejected', { role: 'brand', orgId: 'acme', approvalStatus: 'rejected' }, []],
  ['approval suspended', { role: 'brand', orgId: 'acme', approvalStatus: 'suspended' }, []],
  ['approval not understood', { role: 'brand', orgId: 'acme', approvalStatus: true }, []],
  ['approved', { role: 'brand', orgId: 'acme', approvalStatus: 'approved' }, ['acme']],
  ['super_user of the organisation', { role: 'super_user', orgId: 'acme' }, ['acme']],
  ['super_user of the other organisation', { role: 'super_user', orgId: 'bravo' }, ['bravo']],
  ['super_user of none', { role: 'super_user' }, []],
];

const OPERATIONS = {
  get: (db, path) => getDocFromServer(doc(db, path, 'there')),
  list: (db, path) => getDocsFromServer(collection(db, path)),
  listenToDocument: (db, path) => firstSnapshot(doc(db, path, 'there')),
  listenToCollection: (db, path) => firstSnapshot(collection(db, path)),
  create: (db, path) => setDoc(doc(db, path, 'new'), { number: 2 }),
  update: (db, path) => updateDoc(doc(db, path, 'there'), { number: 2 }),
  delete: (db, path) => deleteDoc(doc(db, path, 'there')),
};
const READS = new Set(['get', 'list', 'listenToDocument', 'listenToCollection']);

const PLACES = [
  ...names.map((name) => ({ path: name, name })),
  ...['acme', 'bravo'].flatMap((org) =>
    names.map((name) => ({ path: `tenants/${org}/${name}`, name, org })),
  ),
];

// Granted by what the server sends; what an earlier read left in the cache does not count, and where
// the server denies, nothing may have come from the cache either.
function firstSnapshot(target) {
  return new Promise((resolve, reject) => {
    let cached = false;
    const stop = onSnapshot(
      target,
      { includeMetadataChanges: true },
      (snapshot) => {
        cached ||= snapshot.metadata.fromCache;
        if (snapshot.metadata.fromCache) return;
        stop();
        resolve();
      },
      (error) => reject(cached ? new Error(`${error.code} after a snapshot`) : error),
    );
  });
}

async function outcome(attempt) {
  try {
    await attempt();
    return 'granted';
  } catch (error) {
    return error.code ?? String(error);
  }
}

function expected(operation, { name, org }, reads) {
  const granted = READS.has(operation) && READABLE.has(name) && reads.includes(org);
  return granted ? 'granted' : 'permission-denied';
}

let environment;

before(async () => {
  setLogLevel('silent');
  // Without `rules`: those that the emulator was started with stay in force.
  environment = await initializeTestEnvironment({ projectId: project, firestore: { host, port } });
  await environment.withSecurityRulesDisabled(async (context) => {
    const db = context.firestore();
    const batch = writeBatch(db);
    for (const { path } of PLACES) batch.set(doc(db, path, 'there'), { number: 1 });
    await batch.commit();
  });
});

after(() => environment.cleanup());

function databaseOf(claims) {
  const context = claims
    ? environment.authenticatedContext('somebody', claims)
    : environment.unauthenticatedContext();
  return context.firestore();
}

for (const [kind, claims, reads] of USERS) {
  test(kind, async () => {
    const db = databaseOf(claims);
    const cells = PLACES.map(async (place) => {
      const wrong = [];
      for (const [operation, attempt] of Object.entries(OPERATIONS)) {
        const found = await outcome(() => attempt(db, place.path));
        const wanted = expected(operation, place, reads);
        if (found !== wanted) wrong.push(`${operation} ${place.path}: ${found}, not ${wanted}`);
      }
      return wrong;
    });
    assert.deepEqual((await Promise.all(cells)).flat(), []);
  });

  test(`${kind}, across organisations`, async () => {
    const db = databaseOf(claims);
    for (const name of names) {
      const everywhere = collectionGroup(db, name);
      assert.equal(await outcome(() => getDocsFromServer(everywhere)), 'permission-denied', name);
      assert.equal(await outcome(() => firstSnapshot(everywhere)), 'permission-denied', name);
    }
  });
}
