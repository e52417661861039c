import { setTimeout as delay } from "node:timers/promises";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { Logger } from "@bellwether/runtime/logger";
import type { Waker } from "@bellwether/runtime/waker";

export interface Repeated {
  readonly what: string;
  readonly work: () => Promise<unknown>;
  /** Shortest time between two rounds ... */
  readonly gapMs: number;
  /** Of the time a round took, what it rests at least. */
  readonly restShare: number;
  /** ... and the longest, unless it is woken. */
  readonly pauseMs: number;
  readonly waker: Waker;
  readonly logger: Logger;
}

/** Round after round until the signal; what passes by itself is tried again. */
export async function repeatUntil(signal: AbortSignal, { what, work, gapMs, restShare, pauseMs, waker, logger }: Repeated): Promise<void> {
  while (!signal.aborted) {
    const startedMs = performance.now();
    try {
      await work();
    } catch (error) {
      if (!(error instanceof BellwetherError) || !error.retryable) throw error;
      logger.warn({ err: error }, `${what} failed, trying again`);
    }
    const restMs = Math.min(pauseMs, Math.max(gapMs, restShare * (performance.now() - startedMs)));
    await delay(restMs, undefined, { signal }).catch(() => undefined);
    await waker.wait(pauseMs - restMs, signal);
  }
}
