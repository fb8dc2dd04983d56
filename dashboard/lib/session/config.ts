/** What a deployment says about itself in `/dashboard.json`, so that one build serves all of them. */
export interface Configuration {
  /** Base URL of the function `api`; empty where it is served below the same origin. */
  api: string;
  /** Base URL of the function `insights`; empty as above. */
  insights: string;
  firebase: FirebaseOptions;
  /** Addresses of the emulators; null in production. */
  emulators: Emulators | null;
}

export interface FirebaseOptions {
  apiKey: string;
  projectId: string;
  authDomain?: string;
}

export interface Emulators {
  /** Such as `http://127.0.0.1:9099`. */
  auth: string;
  firestore: { host: string; port: number };
}

/** Reads the configuration; `firebase` may be the address of Firebase's options, as Hosting has them. */
export async function readConfiguration(): Promise<Configuration> {
  const found = await json<Omit<Configuration, 'firebase'> & { firebase: FirebaseOptions | string }>(
    '/dashboard.json',
  );
  const firebase =
    typeof found.firebase === 'string' ? await json<FirebaseOptions>(found.firebase) : found.firebase;
  return { ...found, firebase };
}

async function json<T>(path: string): Promise<T> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path} answered ${response.status}.`);
  return (await response.json()) as T;
}
