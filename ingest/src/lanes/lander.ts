import type { RecordSink } from "@bellwether/runtime/log/records";
import type { Logger } from "@bellwether/runtime/logger";
import { retry } from "@bellwether/runtime/retry";
import { tokenOf } from "../blocks/block.ts";
import type { Block } from "../blocks/content.ts";
import type { IngestConfig } from "../config.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Meters } from "../meters/meters.ts";
import { land, type PipelineDeps } from "../pipeline.ts";
import type { Hold } from "./hold.ts";
import type { Writer } from "./writer.ts";

export interface LanderDeps {
  readonly config: IngestConfig;
  readonly ledger: Ledger;
  readonly writer: Writer;
  readonly sink: RecordSink;
  readonly commit: PipelineDeps["commit"];
  readonly meters: Meters;
  readonly logger: Logger;
  readonly now: () => number;
  /** Ends waiting between tries when the service has failed elsewhere. */
  readonly signal: AbortSignal;
}

export interface Lander {
  /** Lands a block as long as its partition is held; rejects with the hold's reason once it is lost. */
  land(block: Block, hold: Hold): Promise<void>;
  /** Runs a step again as long as its failure may pass; the only place of the service where that happens. */
  retried<T>(stage: string, run: () => Promise<T>, hold?: Hold): Promise<T>;
}

const RETRY_BASE_MS = 100;
const RETRY_MAX_MS = 10_000;

/** Takes blocks through the spine: measures every stage, tries again what may pass. */
export function createLander(deps: LanderDeps): Lander {
  const { config, meters, logger, now, signal } = deps;

  function retried<T>(stage: string, run: () => Promise<T>, hold?: Hold): Promise<T> {
    return retry(run, {
      attempts: config.ingestRetryAttempts,
      baseMs: RETRY_BASE_MS,
      maxMs: RETRY_MAX_MS,
      signal: hold === undefined ? signal : signalOf(hold),
      onRetry: ({ attempt, waitMs, error }) => {
        meters.stageRetried(stage);
        logger.warn({ stage, attempt, waitMs, err: error }, `${stage} failed, trying again`);
      },
    });
  }

  /** One per hold, not one per block: Node keeps combined signals until their sources go. */
  const signals = new WeakMap<Hold, AbortSignal>();
  function signalOf(hold: Hold): AbortSignal {
    const combined = signals.get(hold) ?? AbortSignal.any([signal, hold.signal]);
    signals.set(hold, combined);
    return combined;
  }

  return {
    retried,
    async land(block, hold) {
      const startedMs = now();
      await land(block, { ...deps, hold }, async ({ name }, run) => {
        const stageStartedMs = now();
        await retried(name, run, hold);
        meters.stageDone(name, (now() - stageStartedMs) / 1000);
      });
      if (block.hasLanded) return;
      meters.landed(block, now());
      logger.debug({ block: tokenOf(block), rows: block.content.rows, ms: now() - startedMs }, "landed a block");
    },
  };
}
