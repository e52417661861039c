import { setTimeout as delay } from "node:timers/promises";
import { BellwetherError } from "@bellwether/contracts/errors";

export interface RetryOptions {
  /** How often `run` is called at most, the first time included. */
  readonly attempts: number;
  readonly baseMs: number;
  readonly maxMs: number;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly signal?: AbortSignal;
  /** Told before each wait, for the log line and the counter. */
  readonly onRetry?: (retry: { readonly attempt: number; readonly waitMs: number; readonly error: unknown }) => void;
}

/**
 * Calls `run` until it succeeds; only a retryable BellwetherError is tried again, anything else passes through at once.
 * Waits with full jitter (uniform in 0..min(maxMs, baseMs·2ⁿ)), which spreads clients best after an outage:
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/.
 * An aborted signal ends the wait with its reason.
 */
export async function retry<T>(run: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { attempts, random = Math.random, sleep = sleepMs, signal } = options;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await run(attempt);
    } catch (error) {
      if (attempt >= attempts || !isRetryable(error)) throw error;
      const waitMs = Math.floor(random() * backoffMs(options, attempt));
      options.onRetry?.({ attempt, waitMs, error });
      await sleep(waitMs, signal);
    }
  }
}

/** Whether trying again can help. */
export function isRetryable(error: unknown): boolean {
  return error instanceof BellwetherError && error.retryable;
}

/** Upper bound of the wait after the given attempt (1-based). */
function backoffMs({ baseMs, maxMs }: RetryOptions, attempt: number): number {
  return Math.min(maxMs, baseMs * 2 ** (attempt - 1));
}

async function sleepMs(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
