import { availableParallelism, loadavg } from "node:os";
import type { OutgoingRecord } from "@bellwether/runtime/log/records";
import { createFrames, createJson } from "./load.ts";
import { runNaive } from "./naive.ts";
import { buildBlocks, consumeAll, decodeAndBuild, insertAlone, toLogRecords } from "./parts.ts";
import { runKafkaEngine } from "./peer.ts";
import {
  type Bench,
  countTelemetry,
  ingestOf,
  type Measurement,
  measure,
  medianOf,
  medians,
  print,
  produce,
  settle,
  startOver,
} from "./setup.ts";

/** Reports per second from the log to committed rows: ours for frames and for JSON, the naive path and the machine's limit, interleaved in one run. */

export interface ThroughputSettings {
  readonly reports: number;
  readonly naiveReports: number;
  readonly rounds: number;
}

type Make = (reports: number, firstSecond: number) => Iterable<OutgoingRecord>;

/** CPU time per report, in us. */
interface Parts {
  readonly consume: number;
  readonly decode: number;
  readonly build: number;
  readonly insert: number;
}

interface Round {
  readonly frames: Measurement;
  readonly json: Measurement;
  readonly naive: Measurement;
  readonly limit: Measurement;
  readonly peer: Measurement | undefined;
  readonly frameParts: Omit<Parts, "insert">;
  readonly jsonParts: Omit<Parts, "insert">;
}

/** Every measurement gets event times of its own, so that no two write the same rows. */
const SECONDS_PER_MEASUREMENT = 10_000;
const MEASUREMENTS_PER_ROUND = 8;
/** Reports of the parts that are measured in memory. */
const PART_REPORTS_MAX = 80_000;

export async function benchThroughput(bench: Bench, settings: ThroughputSettings): Promise<object> {
  const rounds: Round[] = [];
  // The first round warms up all paths and is not counted.
  for (let round = 0; round <= settings.rounds; round++) {
    const reports = round === 0 ? Math.min(settings.reports, settings.naiveReports) : settings.reports;
    const measured = await runRound(bench, round, { ...settings, reports });
    if (round > 0) rounds.push(measured);
  }
  const result = resultOf(rounds);
  printResult(bench, settings, result);
  return { ...settings, log: bench.log.kind, cores: availableParallelism(), load: loadavg()[0], ...figuresOf(result) };
}

async function runRound(bench: Bench, round: number, { reports, naiveReports }: ThroughputSettings): Promise<Round> {
  const { store } = bench;
  let measurement = round * MEASUREMENTS_PER_ROUND;
  const nextSecond = () => SECONDS_PER_MEASUREMENT * measurement++;
  const topicOf = (name: string) => `bench-${bench.runId}-${name}-${round}`;
  const ours = async (name: string, make: Make) => {
    await produce(bench.log, topicOf(name), make(reports, nextSecond()));
    await startOver(store);
    return measureOurs(bench, topicOf(name), reports);
  };
  const frames = await ours("frames", createFrames);
  await produce(bench.log, topicOf("naive"), createJson(naiveReports, nextSecond()));
  await startOver(store);
  const naive = await measure(naiveReports, () => runNaive(bench.log, store, topicOf("naive"), naiveReports));
  const blocks = buildBlocks(toLogRecords(createFrames(reports, nextSecond())));
  await startOver(store);
  const limit = await insertAlone(store, blocks, topicOf("limit"));
  const json = await ours("json", createJson);
  const peer = await runKafkaEngine(bench, topicOf("naive"), naiveReports);
  // The engine's own threads count as well, so its merges must be over.
  await settle(store);
  const parts = async (name: string, make: Make) => {
    const { cpuUsPerReport: consume } = await consumeAll(bench.log, topicOf(name), reports);
    const { decodeUs, buildUs } = await decodeAndBuild(toLogRecords(make(Math.min(reports, PART_REPORTS_MAX), 0)));
    return { consume, decode: decodeUs, build: buildUs };
  };
  return { frames, json, naive, limit, peer, frameParts: await parts("frames", createFrames), jsonParts: await parts("json", createJson) };
}

async function measureOurs(bench: Bench, topic: string, reports: number): Promise<Measurement> {
  const ingest = ingestOf(bench, topic);
  const measured = await measure(reports, async () => {
    await ingest.start();
    await ingest.drain();
  });
  await ingest.stop();
  const { samples, rejected } = ingest.stats();
  const stored = await countTelemetry(bench.store);
  if (samples !== reports || stored !== reports)
    throw new Error(`expected ${reports} reports to land, got ${samples}, and ${stored} rows (${JSON.stringify(rejected)})`);
  return measured;
}

function resultOf(rounds: readonly Round[]) {
  const of = (pick: (round: Round) => Measurement) => medians(rounds.map(pick));
  const limit = of((round) => round.limit);
  const partsOf = (pick: (round: Round) => Omit<Parts, "insert">): Parts => ({
    consume: medianOf(rounds.map((round) => pick(round).consume)),
    decode: medianOf(rounds.map((round) => pick(round).decode)),
    build: medianOf(rounds.map((round) => pick(round).build)),
    insert: limit.cpuUsPerReport,
  });
  const peers = rounds.flatMap(({ peer }) => (peer === undefined ? [] : [peer]));
  return {
    frames: of((round) => round.frames),
    json: of((round) => round.json),
    naive: of((round) => round.naive),
    limit,
    peer: peers.length === 0 ? undefined : medians(peers),
    frameParts: partsOf((round) => round.frameParts),
    jsonParts: partsOf((round) => round.jsonParts),
  };
}
type Result = ReturnType<typeof resultOf>;

function figuresOf({ frames, json, naive, limit, peer, frameParts, jsonParts }: Result): object {
  return {
    ratio_vs_naive: rounded(frames.reportsPerS / naive.reportsPerS),
    share_of_limit: rounded(frames.reportsPerS / limit.reportsPerS),
    reports_per_s: frames.reportsPerS,
    cpu_us_per_report: rounded(frames.cpuUsPerReport),
    cpu_us: roundedParts(frameParts, frames),
    json_ratio_vs_naive: rounded(json.reportsPerS / naive.reportsPerS),
    json_share_of_limit: rounded(json.reportsPerS / limit.reportsPerS),
    json_reports_per_s: json.reportsPerS,
    json_cpu_us_per_report: rounded(json.cpuUsPerReport),
    json_cpu_us: roundedParts(jsonParts, json),
    naive_reports_per_s: naive.reportsPerS,
    naive_cpu_us_per_report: rounded(naive.cpuUsPerReport),
    limit_reports_per_s: limit.reportsPerS,
    limit_cpu_us_per_report: rounded(limit.cpuUsPerReport),
    kafka_engine_reports_per_s: peer?.reportsPerS ?? null,
    kafka_engine_cpu_us_per_report: peer === undefined ? null : rounded(peer.cpuUsPerReport),
    ratio_vs_kafka_engine: peer === undefined ? null : rounded(frames.reportsPerS / peer.reportsPerS),
    json_ratio_vs_kafka_engine: peer === undefined ? null : rounded(json.reportsPerS / peer.reportsPerS),
  };
}

/** What is left of the whole is the ledger, commits, waiting and the garbage collector. */
function roundedParts({ consume, decode, build, insert }: Parts, { cpuUsPerReport }: Measurement): object {
  const rest = cpuUsPerReport - consume - decode - build - insert;
  return { consume: rounded(consume), decode: rounded(decode), build: rounded(build), insert: rounded(insert), rest: rounded(rest) };
}

function rounded(number: number): number {
  return Math.round(number * 100) / 100;
}

function timesPeer({ reportsPerS }: Measurement, peer: Measurement): string {
  return (reportsPerS / peer.reportsPerS).toFixed(1);
}

function printResult({ log }: Bench, { reports, naiveReports, rounds }: ThroughputSettings, result: Result): void {
  const { frames, json, naive, limit, peer, frameParts, jsonParts } = result;
  const line = (name: string, { reportsPerS, cpuUsPerReport }: Measurement) =>
    print(
      `${name.padEnd(62)} ${reportsPerS.toLocaleString("en").padStart(9)} reports/s  ${cpuUsPerReport.toFixed(1).padStart(6)} us CPU each`,
    );
  const parts = (name: string, one: Parts, whole: Measurement) =>
    print(`  ${name}: CPU us per report ${JSON.stringify(roundedParts(one, whole))}`);
  const share = (one: Measurement) =>
    `${(one.reportsPerS / naive.reportsPerS).toFixed(1)} x naive, ${((100 * one.reportsPerS) / limit.reportsPerS).toFixed(0)} % of the limit`;
  const load = loadavg()[0]?.toFixed(1);
  print(
    `96 cells, ${log.kind} log to committed rows; ${availableParallelism()} cores, load ${load}, medians of ${rounds} interleaved rounds`,
  );
  line(`ours:  GB/T 32960 frames (${reports} per round)`, frames);
  line(`ours:  JSON (${reports} per round)`, json);
  line(`naive: JSON.parse, zod, JSONEachRow per 1,000 (${naiveReports} per round)`, naive);
  line("limit: the engine inserting built blocks of the same rows", limit);
  if (peer === undefined) print("peer:  ClickHouse's Kafka table engine: not available without a broker (KAFKA_BROKERS)");
  else line("peer:  ClickHouse's Kafka table engine, JSONEachRow, same broker", peer);
  parts("frames", frameParts, frames);
  parts("JSON", jsonParts, json);
  print(
    `frames: ${share(frames)}; JSON: ${share(json)}${peer === undefined ? "" : `; frames ${timesPeer(frames, peer)}, JSON ${timesPeer(json, peer)} x Kafka engine`}`,
  );
}
