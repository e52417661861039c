import type { EventEmitter } from "node:events";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { Logger } from "./logger.ts";

export const EXIT_CODES = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

export interface Lifecycle {
  /** Aborted by the first SIGINT or SIGTERM, or when the program ends by itself. */
  readonly signal: AbortSignal;
  /** Registers what must be closed; the last opened is closed first. */
  onClose(name: string, close: () => Promise<void>): void;
}

export interface LifecycleOptions {
  readonly logger: Logger;
  /** Time one closer may take before it is left behind and the exit code becomes 1. */
  readonly closeTimeoutMs?: number;
  /** Where signals come from and how the process ends; the process itself unless a test says otherwise. */
  readonly signals?: Pick<EventEmitter, "on" | "off">;
  readonly exit?: (code: number) => void;
}

/**
 * Runs a program until it ends or is told to stop, then closes what it opened in reverse order.
 * The program gets the signal and should resolve once it is aborted (`untilAborted` waits for that);
 * a program that fails is closed too, and its error is logged on one line.
 * A second signal exits at once. Resolves with the exit code; never rejects.
 */
export async function runUntilSignal(program: (lifecycle: Lifecycle) => Promise<void>, options: LifecycleOptions): Promise<number> {
  const { logger, closeTimeoutMs = 10_000, signals = process, exit = (code) => process.exit(code) } = options;
  const stop = new AbortController();
  const closers: { name: string; close: () => Promise<void> }[] = [];
  const onSignal = (name: string) => {
    if (stop.signal.aborted) exit(EXIT_CODES.interrupted);
    logger.info({ signal: name }, "stopping; a second signal exits at once");
    stop.abort();
  };
  for (const name of SIGNALS) signals.on(name, onSignal);
  let exitCode: number = EXIT_CODES.ok;
  try {
    await program({ signal: stop.signal, onClose: (name, close) => void closers.push({ name, close }) });
  } catch (error) {
    if (!stop.signal.aborted || !isAbort(error)) {
      logger.fatal({ err: error }, messageOf(error));
      exitCode = exitCodeOf(error);
    }
  }
  stop.abort();
  for (const { name, close } of closers.reverse()) {
    const hasClosed = await closeWithin(name, close, { logger, closeTimeoutMs });
    if (!hasClosed && exitCode === EXIT_CODES.ok) exitCode = EXIT_CODES.failed;
  }
  for (const name of SIGNALS) signals.off(name, onSignal);
  return exitCode;
}

/** Resolves when the signal is aborted. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** 2 for a wrong configuration, 1 for everything else. */
export function exitCodeOf(error: unknown): number {
  return error instanceof BellwetherError && error.code === "config_invalid" ? EXIT_CODES.usage : EXIT_CODES.failed;
}

async function closeWithin(
  name: string,
  close: () => Promise<void>,
  { logger, closeTimeoutMs }: { logger: Logger; closeTimeoutMs: number },
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not closed after ${closeTimeoutMs} ms`)), closeTimeoutMs);
  });
  try {
    await Promise.race([close(), tooLate]);
    return true;
  } catch (error) {
    logger.error({ err: error, closer: name }, `closing ${name} failed: ${messageOf(error)}`);
    return false;
  } finally {
    clearTimeout(timer);
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
