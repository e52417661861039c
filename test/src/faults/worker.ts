import { join } from "node:path";
import { parseArgs } from "node:util";
import { migrate } from "@bellwether/clickhouse/migrate";
import { openStore } from "@bellwether/clickhouse/open";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { KAFKA_CLIENTS } from "@bellwether/runtime/log/kafka/client";
import { openLog } from "@bellwether/runtime/log/openLog";
import type { RecordLog } from "@bellwether/runtime/log/records";
import { FAULTS, planRun } from "./plan.ts";
import { calm, SCENARIOS } from "./scenarios.ts";
import { verify } from "./verify.ts";
import { createWorkload, type Workload } from "./workload.ts";

/**
 * The process that is killed: holds the store and the log, does one run after another and says on standard output how far it
 * is. Started again behind a kill it finishes the run it was in, from what the dead process has left.
 */

const { values } = parseArgs({
  options: {
    dir: { type: "string" },
    brokers: { type: "string" },
    client: { type: "string" },
    seed: { type: "string" },
    first: { type: "string" },
    runs: { type: "string" },
    only: { type: "string" },
    resumed: { type: "boolean", default: false },
  },
});
const { dir = "", brokers, resumed } = values;
const [seed = 0, first = 0, runs = 0] = [values.seed, values.first, values.runs].map(Number);
const client = KAFKA_CLIENTS.find((name) => name === values.client) ?? "kafkajs";
const only = FAULTS.find((fault) => fault === values.only);
const say = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`);

async function main(): Promise<void> {
  const store = await openStore({ kind: "embedded", dir: join(dir, "store") });
  await migrate(store);
  // A row that was stored twice must stay there twice.
  for (const table of ["telemetry", "dtc_events", "rejected_records"]) await store.command(`SYSTEM STOP MERGES ${table}`);
  const log = await openLog(
    brokers === undefined
      ? { kind: "embedded", dir: join(dir, "log") }
      : { kind: "kafka", brokers: brokers.split(","), clientId: "faults", client },
  );
  try {
    for (let run = first; run < runs; run++) await doRun({ store, log, run, isResumed: resumed && run === first });
  } finally {
    await log.close();
    await store.close();
  }
}

async function doRun({
  store,
  log,
  run,
  isResumed,
}: {
  store: ColumnStore;
  log: RecordLog;
  run: number;
  isResumed: boolean;
}): Promise<void> {
  const plan = planRun(seed, run, log.kind, only);
  const workload = createWorkload(seed, plan);
  const topic = `faults-${seed}-${run}`;
  await log.ensureTopics([{ topic, partitions: plan.partitions }]);
  const scenario = {
    ...{ log, store, topic, plan },
    workload: isResumed ? await withoutProduced(workload, log, topic) : workload,
    restartBroker: () => say({ event: "restart_broker" }),
    onProduced: () => say({ event: "produced", run }),
  };
  const startedMs = performance.now();
  await (isResumed ? calm : SCENARIOS[plan.fault])(scenario);
  say({ event: "done", run, fault: plan.fault, ms: Math.round(performance.now() - startedMs), ...(await verify(store, topic, workload)) });
}

/** A killed process had put all its records into the log: the kill comes after that. */
async function withoutProduced(workload: Workload, log: RecordLog, topic: string): Promise<Workload> {
  const ends = await log.endOffsets(topic);
  const produced = ends.reduce((sum, { nextOffset }) => sum + nextOffset, 0);
  if (produced !== workload.records.length) throw new Error(`expected ${workload.records.length} records in ${topic}, got ${produced}`);
  return { ...workload, records: [] };
}

await main();
process.exit(0);
