import type { ApiError } from './problem.ts';

/** What somebody is to know and to do when an answer did not come. */
export interface Explanation {
  title: string;
  advice: string;
  icon: 'offline' | 'lock' | 'search' | 'changed' | 'clock' | 'warning';
  kind: 'info' | 'warning' | 'bad';
  /** What the button says; null where there is nothing to press. */
  button: string | null;
  /** Whether signing in again is what the button does. */
  signIn?: boolean;
}

const AGAIN = 'Try again';
const RELOAD = 'Load it again';

const PROBLEMS: Readonly<Record<number, Explanation>> = {
  0: {
    title: 'The API cannot be reached',
    advice: 'Check the connection. If it works, the service may be down.',
    icon: 'offline',
    kind: 'bad',
    button: AGAIN,
  },
  400: {
    title: 'The API does not accept this',
    advice: 'Change what is named here.',
    icon: 'warning',
    kind: 'warning',
    button: AGAIN,
  },
  401: {
    title: 'Your sign-in has ended',
    advice: 'Sign in again to go on.',
    icon: 'lock',
    kind: 'warning',
    button: 'Sign in again',
    signIn: true,
  },
  403: {
    title: 'Your account may not see this',
    advice: 'Ask whoever manages accounts in your organisation.',
    icon: 'lock',
    kind: 'bad',
    button: null,
  },
  404: {
    title: 'This does not exist',
    advice: 'It may have been deleted.',
    icon: 'search',
    kind: 'info',
    button: null,
  },
  409: {
    title: 'This cannot be done as things are',
    advice: 'The reason is below. Try again once it is gone.',
    icon: 'clock',
    kind: 'warning',
    button: AGAIN,
  },
  412: {
    title: 'Somebody else has changed this',
    advice: 'Load it again, then make your change.',
    icon: 'changed',
    kind: 'warning',
    button: RELOAD,
  },
  422: {
    title: 'This was sent before with other contents',
    advice: 'Load the page again, then make your change.',
    icon: 'changed',
    kind: 'warning',
    button: null,
  },
  428: {
    title: 'This was not loaded before the change',
    advice: 'Load it first, so that nobody else’s change is lost.',
    icon: 'changed',
    kind: 'info',
    button: RELOAD,
  },
  429: {
    title: 'Too many calls',
    advice: 'Your organisation has made many calls in a short time.',
    icon: 'clock',
    kind: 'warning',
    button: AGAIN,
  },
  503: {
    title: 'The API is busy',
    advice: 'This passes by itself.',
    icon: 'clock',
    kind: 'info',
    button: AGAIN,
  },
};

const FAILED: Explanation = {
  title: 'The API failed',
  advice: 'Try again. If it stays so, report it to whoever runs the service.',
  icon: 'warning',
  kind: 'bad',
  button: AGAIN,
};

const OFFLINE: Explanation = {
  title: 'You are offline',
  advice: 'This loads as soon as you are back online.',
  icon: 'offline',
  kind: 'warning',
  button: null,
};

/** What to say of an error, while the browser has a network or none. */
export function explain(error: ApiError, online: boolean): Explanation {
  if (error.unreachable && !online) return OFFLINE;
  return PROBLEMS[error.status] ?? FAILED;
}
