/** At most two renders a second, however many orders come. */
export const RENDER_MILLISECONDS = 500;

/**
 * Calls `show` at most once per `milliseconds`, with the newest value, the first one at once.
 * `cancel` drops what is still due.
 */
export function throttled<T>(
  show: (value: T) => void,
  milliseconds: number,
): { push: (value: T) => void; cancel: () => void } {
  let newest: { value: T } | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  function flush() {
    timer = null;
    if (newest === null) return;
    const { value } = newest;
    newest = null;
    timer = setTimeout(flush, milliseconds);
    show(value);
  }
  return {
    push(value) {
      newest = { value };
      if (timer === null) flush();
    },
    cancel() {
      if (timer !== null) clearTimeout(timer);
      timer = newest = null;
    },
  };
}
