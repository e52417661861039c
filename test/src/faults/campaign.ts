import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { removeTestDir } from "@bellwether/clickhouse/testing";
import { type Broker, startBroker } from "@bellwether/runtime/kafka/broker/broker";
import { KAFKA_CLIENTS, type KafkaClient } from "@bellwether/runtime/log/kafka/client";
import { FAULTS, type Fault } from "./plan.ts";
import { type RunResult, runWorkers, type WorkerOptions } from "./runWorkers.ts";

/**
 * The fault campaign: `npm run faults -- [--runs 200] [--seed N] [--kafka [--client node-rdkafka]] [--only FAULT] [--json]`. Every run produces records, does something
 * bad to ingest (plan.ts), and counts what is in the tables afterwards. With --kafka on a real Apache Kafka, which needs Java.
 */

export interface CampaignReport {
  readonly runs: number;
  readonly produced: number;
  readonly parked: number;
  readonly lost: number;
  readonly doubled: number;
  /** The same in the rollup view. */
  readonly viewLost: number;
  readonly viewDoubled: number;
  readonly unsound: number;
  readonly kills: number;
  readonly byFault: Readonly<Record<string, number>>;
  readonly seed: number;
  readonly log: "embedded" | "kafka";
}

export interface CampaignOptions {
  readonly runs: number;
  readonly seed: number;
  readonly log: "embedded" | "kafka";
  readonly only?: Fault | undefined;
  readonly client?: KafkaClient | undefined;
  readonly onResult?: (result: RunResult) => void;
}

export async function runCampaign({ runs, seed, log, only, client = "kafkajs", onResult }: CampaignOptions): Promise<CampaignReport> {
  const dir = await mkdtemp(join(tmpdir(), "bellwether-test-faults-"));
  const results: RunResult[] = [];
  const broker = log === "kafka" ? await openBroker(join(dir, "broker"), client) : undefined;
  try {
    const kills = await runWorkers({
      ...{ dir, seed, runs, only, ...(broker === undefined ? {} : { broker }) },
      onResult: (result) => {
        results.push(result);
        onResult?.(result);
      },
    });
    const sum = (pick: (result: RunResult) => number) => results.reduce((total, result) => total + pick(result), 0);
    return {
      ...{ runs: results.length, produced: sum((one) => one.produced), parked: sum((one) => one.parked) },
      ...{ lost: sum((one) => one.lost), doubled: sum((one) => one.doubled), unsound: sum((one) => one.unsound), kills },
      ...{ viewLost: sum((one) => one.viewLost), viewDoubled: sum((one) => one.viewDoubled) },
      byFault: countBy(results.map(({ fault }) => fault)),
      ...{ seed, log },
    };
  } finally {
    await broker?.stop();
    await removeTestDir(dir);
  }
}

/** A broker that can be ended as by a crash and started again at its address. */
async function openBroker(dir: string, client: KafkaClient): Promise<NonNullable<WorkerOptions["broker"]> & { stop: () => Promise<void> }> {
  let broker: Broker = await startBroker({ dir });
  const [address = ""] = broker.brokers;
  return {
    address,
    client,
    async restart() {
      await broker.kill();
      broker = await startBroker({ dir, port: Number(address.split(":")[1]) });
    },
    stop: () => broker.stop(),
  };
}

function faultsOf({ lost, doubled, viewLost, viewDoubled, unsound }: CampaignReport): number {
  return lost + doubled + viewLost + viewDoubled + unsound;
}

function countBy(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "200" },
      seed: { type: "string", default: String(Date.now() % 100_000) },
      kafka: { type: "boolean", default: false },
      only: { type: "string" },
      client: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const log = values.kafka ? "kafka" : "embedded";
  const print = (one: RunResult) =>
    process.stdout.write(
      `run ${one.run} ${one.fault}${one.kills > 0 ? ` (${one.kills} kills)` : ""}: ${one.produced} produced, ${one.parked} parked, ${one.lost} lost, ${one.doubled} doubled, ${one.viewLost}/${one.viewDoubled} in the view, ${one.unsound} unsound, ${one.ms} ms\n`,
    );
  const report = await runCampaign({
    runs: Number(values.runs),
    seed: Number(values.seed),
    log,
    only: FAULTS.find((fault) => fault === values.only),
    client: KAFKA_CLIENTS.find((name) => name === values.client),
    ...(values.json ? {} : { onResult: print }),
  });
  process.stdout.write(`${JSON.stringify(report)}\n`);
  process.exitCode = report.runs === Number(values.runs) && faultsOf(report) === 0 ? 0 : 1;
}

await main();
