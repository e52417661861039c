/** How a service ends, once: by being stopped or by failing. */
export interface End {
  /** Resolves when stopped, rejects with what broke the service. */
  readonly done: Promise<void>;
  /** Aborted when the service has failed. */
  readonly signal: AbortSignal;
  /** Rejects when the service fails; never resolves. */
  readonly failed: Promise<never>;
  stopped(): void;
  /** Returns whether this was the first failure. */
  fail(error: unknown): boolean;
}

export function createEnd(): End {
  const failure = new AbortController();
  const { signal } = failure;
  let resolve = () => {};
  let reject: (error: unknown) => void = () => {};
  const done = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  const failed = new Promise<never>((_, onReject) => {
    signal.addEventListener("abort", () => onReject(signal.reason), { once: true });
  });
  // Whoever waits sees the failure; this only keeps Node from ending the process before anybody looks.
  done.catch(() => undefined);
  failed.catch(() => undefined);
  return {
    done,
    signal,
    failed,
    stopped: () => resolve(),
    fail(error) {
      if (signal.aborted) return false;
      failure.abort(error);
      reject(error);
      return true;
    },
  };
}
