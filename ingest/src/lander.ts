import type { RecordSink } from "@bellwether/runtime/log/records";
import type { Logger } from "@bellwether/runtime/logger";
import { retry } from "@bellwether/runtime/retry";
import { type Block, tokenOf } from "./block.ts";
import type { IngestConfig } from "./config.ts";
import type { Ledger } from "./ledger.ts";
import type { Meters } from "./meters.ts";
import { land, type PipelineDeps } from "./pipeline.ts";
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
  land(block: Block): Promise<void>;
  /** Runs a step again as long as its failure may pass; the only place of the service where that happens. */
  retried<T>(stage: string, run: () => Promise<T>): Promise<T>;
}

const RETRY_BASE_MS = 100;
const RETRY_MAX_MS = 10_000;

/** Takes blocks through the spine: measures every stage, tries again what may pass. */
export function createLander(deps: LanderDeps): Lander {
  const { config, meters, logger, now, signal } = deps;

  function retried<T>(stage: string, run: () => Promise<T>): Promise<T> {
    return retry(run, {
      attempts: config.ingestRetryAttempts,
      baseMs: RETRY_BASE_MS,
      maxMs: RETRY_MAX_MS,
      signal,
      onRetry: ({ attempt, waitMs, error }) => {
        meters.stageRetried(stage);
        logger.warn({ stage, attempt, waitMs, err: error }, `${stage} failed, trying again`);
      },
    });
  }

  return {
    retried,
    async land(block) {
      const startedMs = now();
      await land(block, deps, async ({ name }, run) => {
        const stageStartedMs = now();
        await retried(name, run);
        meters.stageDone(name, (now() - stageStartedMs) / 1000);
      });
      if (block.hasLanded) return;
      meters.landed(block);
      logger.debug({ block: tokenOf(block), rows: block.content.rows, ms: now() - startedMs }, "landed a block");
    },
  };
}
