import type { ColumnStore } from "@bellwether/clickhouse/store";
import { type IngestConfig, ingestConfigSchema } from "@bellwether/ingest/config";
import { createIngest, type Ingest } from "@bellwether/ingest/service";
import type { RecordLog } from "@bellwether/runtime/log/records";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import type { RunPlan } from "./plan.ts";

/** What a run works with. */
export interface RunDeps {
  readonly log: RecordLog;
  readonly store: ColumnStore;
  readonly topic: string;
  readonly plan: RunPlan;
}

/** One ingest service of the run's group. */
export function createMember({ log, store, topic, plan }: RunDeps, overrides: Partial<IngestConfig> = {}): Ingest {
  const config = {
    ...ingestConfigSchema.parse({}),
    ...{ ingestTopic: topic, ingestGroup: topic, ingestPartitions: plan.partitions },
    ...{ ingestBlockRows: plan.blockRows, ingestBlockAge: plan.blockAgeMs, ...overrides },
  };
  return createIngest({
    log,
    store,
    config,
    logger: createLogger({ service: "faults", level: "silent" }),
    metrics: createMetrics(),
    now: Date.now,
  });
}

/** Runs a member until all that is in the log has landed; a member that fails is replaced, as a supervisor would. */
export async function untilLanded(deps: RunDeps, overrides: Partial<IngestConfig> = {}): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const member = createMember(deps, overrides);
    try {
      await member.start();
      await member.drain();
      await member.stop();
      return;
    } catch (error) {
      await member.stop();
      if (attempt === MEMBERS_MAX) throw error;
    }
  }
}

const MEMBERS_MAX = 20;
