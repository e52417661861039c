/** A pause that ends early when there is something to do. */
export interface Waker {
  /** Ends the pause that runs; without one, the next is left out. */
  wake(): void;
  /** Waits for `ms`, for `wake`, or for the signal, whichever comes first. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** For one waiter; a second `wait` before the first has ended is not meant. */
export function createWaker(): Waker {
  let isWoken = false;
  let end: (() => void) | null = null;
  return {
    wake() {
      if (end === null) isWoken = true;
      else end();
    },
    wait(ms, signal) {
      if (isWoken || signal.aborted) {
        isWoken = false;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        const done = () => {
          end = null;
          clearTimeout(timer);
          signal.removeEventListener("abort", done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        end = done;
        signal.addEventListener("abort", done, { once: true });
      });
    },
  };
}
