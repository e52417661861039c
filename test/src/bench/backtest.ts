import { mkdtemp, readFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DEFAULT_RULES_DIR } from "@bellwether/analytics/catalogue";
import { runBacktest } from "@bellwether/analytics/workbench/backtest";
import { backtestRequest } from "@bellwether/analytics/workbench/request";
import type { BacktestReport, SweepAxis } from "@bellwether/analytics/workbench/types";
import { migrate } from "@bellwether/clickhouse/migrate";
import { openStore } from "@bellwether/clickhouse/open";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { removeTestDir } from "@bellwether/clickhouse/testing";
import { z } from "zod";

/**
 * A back-test over the telemetry table beside the plain scan of the same columns, interleaved in one run:
 * `npm run bench:backtest -- [--rows 20000000] [--thresholds 1000] [--rounds 3] [--json]`.
 */

const START_MS = Date.UTC(2025, 0, 1);
const DAY_MS = 86_400_000;
const REPORTS_PER_DAY = 1000;
const VEHICLES = 500;
/** One in so many vehicles has a cell that sinks for ten minutes every third day. */
const SINKING_EVERY = 20;
const RULE = "cell-under-voltage.yaml";

const { values: options } = parseArgs({
  options: {
    rows: { type: "string", default: "20000000" },
    thresholds: { type: "string", default: "1000" },
    rounds: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
  },
});

/**
 * The table with the columns a back-test of this rule can touch, in the schema's own codecs, order and granules: filling the other
 * seventy takes most of an hour for a hundred million rows and no query here reads them.
 */
const NARROW_TABLE = `
  CREATE TABLE telemetry (
    vin LowCardinality(String) CODEC(ZSTD(1)), event_time DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)), part UInt16 CODEC(ZSTD(1)),
    received_time DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)), log_offset UInt64 CODEC(Delta(8), ZSTD(1)),
    cell_voltage_min_v Nullable(Float32) CODEC(Delta(4), ZSTD(1))
  ) ENGINE = ReplacingMergeTree(received_time) PARTITION BY toYYYYMM(event_time)
  ORDER BY (toDate(event_time), vin, event_time, part) SETTINGS index_granularity = 512`;

async function narrow(store: ColumnStore): Promise<void> {
  const views = await store.query(
    "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'MaterializedView'",
    z.object({ name: z.string() }),
  );
  for (const { name } of [...views, { name: "telemetry" }]) await store.command(`DROP TABLE ${name}`);
  await store.command(NARROW_TABLE);
}

/** A few days at a time: reports every minute, cells around 3.7 V with noise, and the sinking ones. */
async function fill(store: ColumnStore, fromDay: number, days: number): Promise<void> {
  await store.command(
    `INSERT INTO telemetry (vin, event_time, received_time, log_offset, cell_voltage_min_v)
     SELECT concat('VIN', leftPad(toString(car), 6, '0')), fromUnixTimestamp64Milli(ms, 'UTC'), fromUnixTimestamp64Milli(ms, 'UTC'), n,
       if(car % ${SINKING_EVERY} = 0 AND day % 3 = 0 AND minute BETWEEN 500 AND 510, 2.0 + car % 977 / 977, 3.5 + noise / 1000)
     FROM (
       SELECT number AS n, ${fromDay} + intDiv(number, ${VEHICLES * REPORTS_PER_DAY}) AS day, intDiv(number, ${REPORTS_PER_DAY}) % ${VEHICLES} AS car,
         number % ${REPORTS_PER_DAY} AS minute, ${START_MS} + day * ${DAY_MS} + minute * 60000 AS ms, cityHash64(number, ${fromDay}) % 400 AS noise
       FROM numbers(${days * VEHICLES * REPORTS_PER_DAY})
     )`,
  );
}

interface Timed {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

async function timed<T>(run: () => Promise<T>): Promise<Timed & { readonly result: T }> {
  const before = process.cpuUsage();
  const startedMs = performance.now();
  const result = await run();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - startedMs) / 1000, cpuSeconds: (user + system) / 1e6, result };
}

const time = "event_time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND event_time < fromUnixTimestamp64Milli({to:Int64}, 'UTC')";

/** Reads what the back-test must read and adds it up: vehicle, time and the condition's column. */
async function plainScan(store: ColumnStore, toMs: number): Promise<number> {
  const [row] = await store.query(
    `SELECT count() AS n, max(vin) AS v, max(event_time) AS t, sum(cell_voltage_min_v) AS s FROM telemetry WHERE ${time} SETTINGS optimize_use_projections = 0`,
    z.object({ n: z.number() }),
    { params: { from: START_MS, to: toMs } },
  );
  return row?.n ?? 0;
}

function backtest(store: ColumnStore, ruleText: string, toMs: number, sweep: readonly SweepAxis[]): Promise<BacktestReport> {
  return runBacktest(store, backtestRequest({ ruleText, ruleFile: RULE, fromMs: START_MS, toMs, extra: { sweep } }), {
    now: () => performance.now(),
  });
}

interface Line {
  readonly rows: number;
  readonly thresholds: number;
  readonly seconds: number;
  readonly rowsPerSecondPerCore: number;
  readonly ratioToPlainScan: number;
  readonly cpuRatio: number;
  readonly firstNumbersMs: number;
  readonly firings: number;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Plain scan and back-tests of one size, in turn. */
async function measure(
  store: ColumnStore,
  ruleText: string,
  toMs: number,
  counts: readonly number[],
  rounds: number,
): Promise<readonly Line[]> {
  const plain: Timed[] = [];
  const runs = counts.map((): (Timed & { result: BacktestReport })[] => []);
  const axis = (count: number): SweepAxis => ({
    parameter: "limit_v",
    values: Array.from({ length: count }, (_, i) => 2 + (i * 1.2) / count),
  });
  for (let round = 0; round < rounds; round += 1) {
    plain.push(await timed(() => plainScan(store, toMs)));
    for (const [i, count] of counts.entries())
      runs[i]?.push(await timed(() => backtest(store, ruleText, toMs, count === 1 ? [] : [axis(count)])));
  }
  const base = { seconds: median(plain.map(({ seconds }) => seconds)), cpu: median(plain.map(({ cpuSeconds }) => cpuSeconds)) };
  return counts.map((thresholds, i): Line => {
    const ours = runs[i] ?? [];
    const seconds = median(ours.map((run) => run.seconds));
    const cpu = median(ours.map(({ cpuSeconds }) => cpuSeconds));
    const rows = ours[0]?.result.score.rows ?? 0;
    return {
      rows,
      thresholds,
      seconds,
      rowsPerSecondPerCore: Math.round(rows / cpu),
      ratioToPlainScan: seconds / base.seconds,
      cpuRatio: cpu / base.cpu,
      firstNumbersMs: Math.round(median(ours.map(({ result }) => result.timing.firstProgressMs))),
      firings: ours[0]?.result.score.firings ?? 0,
    };
  });
}

async function main(): Promise<void> {
  const ruleText = await readFile(`${DEFAULT_RULES_DIR}/${RULE}`, "utf8");
  const days = Math.max(4, Math.round(Number(options.rows) / (VEHICLES * REPORTS_PER_DAY)));
  const dir = await mkdtemp(join(tmpdir(), "bellwether-test-backtest-"));
  const store = await openStore({ kind: "embedded", dir });
  try {
    await migrate(store);
    await narrow(store);
    for (let day = 0; day < days; day += 5) await fill(store, day, Math.min(5, days - day));
    const counts = [1, 10, 100, Number(options.thresholds)];
    for (const share of [0.25, 0.5, 1]) {
      const toMs = START_MS + Math.ceil(days * share) * DAY_MS;
      print(await measure(store, ruleText, toMs, share === 1 ? counts : [1, Number(options.thresholds)], Number(options.rounds)));
    }
  } finally {
    await store.close();
    await removeTestDir(dir);
  }
}

function print(lines: readonly Line[]): void {
  for (const line of lines) {
    const text = options.json
      ? JSON.stringify({ ...line, cores: availableParallelism() })
      : `${line.rows} rows, ${line.thresholds} thresholds: ${line.seconds.toFixed(2)} s, ${line.ratioToPlainScan.toFixed(2)} x plain scan (CPU ${line.cpuRatio.toFixed(2)} x), ${line.rowsPerSecondPerCore} rows/s per core, first numbers after ${line.firstNumbersMs} ms, ${line.firings} firings`;
    process.stdout.write(`${text}\n`);
  }
}

await main();
