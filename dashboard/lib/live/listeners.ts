// What needs Firestore's code, which is loaded as one file once something is listened to.
export { listenToCounts } from './counts';
export { listenToResult } from './results';
