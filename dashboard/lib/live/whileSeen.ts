/** A tab without anybody looking at it for so long listens no more. */
export const HIDDEN_MILLISECONDS = 60_000;

/** Whether somebody looks at the tab, and a call whenever that changes. */
export interface Sight {
  seen(): boolean;
  onChange(call: () => void): () => void;
}

export const TAB: Sight = {
  seen: () => document.visibilityState === 'visible',
  onChange(call) {
    document.addEventListener('visibilitychange', call);
    return () => document.removeEventListener('visibilitychange', call);
  },
};

/**
 * Listens while the tab is looked at: ends once it has been out of sight for a minute, and begins again
 * when it is back. `load` fetches the code that `listen` needs; `failed` is called where it cannot.
 * Gives what ends it for good.
 */
export function whileSeen<T>(
  {
    load,
    listen,
    connecting = () => {},
    paused = () => {},
    failed = () => {},
  }: {
    load(): Promise<T>;
    listen(code: T): () => void;
    connecting?(): void;
    paused?(): void;
    failed?(): void;
  },
  sight: Sight = TAB,
): () => void {
  let running: { stop(): void } | null = null;
  let hiding: ReturnType<typeof setTimeout> | undefined;

  function begin() {
    if (running !== null) return;
    let ended = false;
    let stop = () => {};
    running = {
      stop() {
        ended = true;
        stop();
      },
    };
    connecting();
    load().then(
      (code) => {
        if (!ended) stop = listen(code);
      },
      () => {
        if (!ended) failed();
      },
    );
  }
  function end() {
    running?.stop();
    running = null;
  }
  function look() {
    clearTimeout(hiding);
    if (sight.seen()) begin();
    else if (running !== null) hiding = setTimeout(pause, HIDDEN_MILLISECONDS);
  }
  function pause() {
    end();
    paused();
  }

  const forget = sight.onChange(look);
  begin();
  look();
  return () => {
    forget();
    clearTimeout(hiding);
    end();
  };
}
