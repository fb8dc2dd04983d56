// The build of Firestore's SDK that browsers load, with their transport over HTTP (WebChannel).
// A plain import of 'firebase/firestore' gives Node.js the build for servers, which speaks gRPC.
export * from './node_modules/@firebase/firestore/dist/index.esm.js';
