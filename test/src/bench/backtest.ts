import { mkdtemp, readFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DEFAULT_RULES_DIR } from "@bellwether/analytics/catalogue";
import { runBacktest } from "@bellwether/analytics/workbench/backtest/backtest";
import { backtestRequest } from "@bellwether/analytics/workbench/backtest/request";
import type { BacktestReport, SweepAxis } from "@bellwether/analytics/workbench/types";
import { migrate } from "@bellwether/clickhouse/migrate";
import { openStore } from "@bellwether/clickhouse/open";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { removeTestDir } from "@bellwether/clickhouse/testing";
import { z } from "zod";

/**
 * Back-tests over the telemetry table beside the plain scan of the same columns, in turn within one run:
 * `npm run bench:backtest -- [--rows 1000000,4000000,16000000] [--thresholds 1,10,100,1000] [--rounds 3] [--json]`.
 * A hundred million rows take 0.5 GB of disk while it runs.
 */

const START_MS = Date.UTC(2025, 0, 1);
const DAY_MS = 86_400_000;
const REPORTS_PER_DAY = 1000;
const VEHICLES = 500;
const ROWS_PER_DAY = VEHICLES * REPORTS_PER_DAY;
const DAYS_PER_INSERT = 5;
/** One in so many vehicles has a cell that sinks for ten minutes on two days in six. */
const SINKING_EVERY = 20;
const RULE = "cell-under-voltage.yaml";

const { values: options } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000,4000000,16000000" },
    thresholds: { type: "string", default: "1,10,100,1000" },
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

/**
 * A few days in the order of the table: a report a minute at the car's own second, cells hidden for the first 20 minutes, then from 3.95 V
 * down to 3.45 V over the day with 10 mV of noise; the sinking ones dip towards a depth of their own, every report another value.
 */
async function fill(store: ColumnStore, fromDay: number, days: number): Promise<void> {
  const depth = "(0.3 + 1.2 * (cityHash64(car, day) % 1000) / 1000)";
  const isSinking = `car % ${SINKING_EVERY} = 0 AND day % 6 < 2 AND minute BETWEEN 500 AND 510`;
  await store.command(
    `INSERT INTO telemetry (vin, event_time, received_time, log_offset, cell_voltage_min_v)
     SELECT concat('VIN', leftPad(toString(car), 6, '0')), fromUnixTimestamp64Milli(ms, 'UTC'), fromUnixTimestamp64Milli(ms + 800, 'UTC'), n,
       multiIf(minute < 20, NULL, ${isSinking}, round(3.2 - ${depth} * (1 - abs(minute - 505) / 8) + noise / 1000, 3),
         round(3.95 - minute / 2000 + noise / 1000, 3))
     FROM (
       SELECT ${fromDay * ROWS_PER_DAY} + number AS n, intDiv(n, ${ROWS_PER_DAY}) AS day, intDiv(n, ${REPORTS_PER_DAY}) % ${VEHICLES} AS car,
         n % ${REPORTS_PER_DAY} AS minute, ${START_MS} + day * ${DAY_MS} + minute * 60000 + (car * 7919) % 60000 AS ms, cityHash64(n) % 10 AS noise
       FROM numbers(${days * ROWS_PER_DAY})
     )`,
    { settings: { max_insert_threads: 1 } },
  );
}

/** The table as it is after a quiet hour: merged, and nothing going on beside the measurement. */
async function settle(store: ColumnStore): Promise<void> {
  await store.command("OPTIMIZE TABLE telemetry FINAL", { settings: { max_execution_time: 3600 } });
  await store.command("SYSTEM STOP MERGES telemetry");
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

/**
 * What a back-test is held against: the columns its condition and its vehicles' order need, of the same rows by the same filter, added up
 * in one statement with the engine's own settings, so on every core; no projection answers in its place.
 */
const PLAIN = `SELECT count() AS n, max(vin) AS v, max(event_time) AS t, sum(cell_voltage_min_v) AS s FROM telemetry WHERE ${time}`;
/** The same again, read and thrown away: what no query over these columns can go below. */
const BARE = `SELECT count() AS n, sum(ignore(vin, event_time, cell_voltage_min_v)) AS s FROM telemetry WHERE ${time}`;

async function scan(store: ColumnStore, sql: string, toMs: number): Promise<number> {
  const [row] = await store.query(`${sql} SETTINGS optimize_use_projections = 0`, z.object({ n: z.number() }), {
    params: { from: START_MS, to: toMs },
  });
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
  readonly plainSeconds: number;
  /** CPU time over wall time: how many cores were at work, ours and the plain scan's. */
  readonly coresUsed: number;
  readonly plainCoresUsed: number;
  readonly rowsPerSecondPerCore: number;
  readonly ratioToPlainScan: number;
  readonly cpuRatio: number;
  readonly cpuRatioToBareRead: number;
  readonly firstNumbersMs: number;
  readonly firings: number;
  readonly rssMaxMb: number;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const wallOf = (runs: readonly Timed[]) => median(runs.map(({ seconds }) => seconds));
const cpuOf = (runs: readonly Timed[]) => median(runs.map(({ cpuSeconds }) => cpuSeconds));

/** Both scans and the back-tests of one size, in turn. */
async function measure(store: ColumnStore, ruleText: string, rows: number): Promise<readonly Line[]> {
  const toMs = START_MS + daysOf(rows) * DAY_MS;
  const [plain, bare]: [Timed[], Timed[]] = [[], []];
  const counts = numbersOf(options.thresholds);
  const runs = counts.map((): (Timed & { result: BacktestReport })[] => []);
  const axis = (count: number): SweepAxis => ({
    parameter: "limit_v",
    values: Array.from({ length: count }, (_, i) => 2 + (i * 1.2) / count),
  });
  for (let round = 0; round < Number(options.rounds); round += 1) {
    plain.push(await timed(() => scan(store, PLAIN, toMs)));
    bare.push(await timed(() => scan(store, BARE, toMs)));
    for (const [i, count] of counts.entries())
      runs[i]?.push(await timed(() => backtest(store, ruleText, toMs, count === 1 ? [] : [axis(count)])));
  }
  return counts.map((thresholds, i): Line => {
    const ours = runs[i] ?? [];
    const rowsSeen = ours[0]?.result.score.rows ?? 0;
    return {
      rows: rowsSeen,
      thresholds,
      seconds: wallOf(ours),
      plainSeconds: wallOf(plain),
      coresUsed: cpuOf(ours) / wallOf(ours),
      plainCoresUsed: cpuOf(plain) / wallOf(plain),
      rowsPerSecondPerCore: Math.round(rowsSeen / cpuOf(ours)),
      ratioToPlainScan: wallOf(ours) / wallOf(plain),
      cpuRatio: cpuOf(ours) / cpuOf(plain),
      cpuRatioToBareRead: cpuOf(ours) / cpuOf(bare),
      firstNumbersMs: Math.round(median(ours.map(({ result }) => result.timing.firstProgressMs))),
      firings: ours[0]?.result.score.firings ?? 0,
      rssMaxMb: Math.round(process.resourceUsage().maxRSS / 1024),
    };
  });
}

const numbersOf = (list: string) => list.split(",").map(Number);
const daysOf = (rows: number) => Math.max(1, Math.round(rows / ROWS_PER_DAY));

async function main(): Promise<void> {
  const ruleText = await readFile(`${DEFAULT_RULES_DIR}/${RULE}`, "utf8");
  const sizes = numbersOf(options.rows);
  const days = daysOf(Math.max(...sizes));
  const dir = await mkdtemp(join(tmpdir(), "bellwether-test-backtest-"));
  const store = await openStore({ kind: "embedded", dir });
  try {
    await migrate(store);
    await narrow(store);
    for (let day = 0; day < days; day += DAYS_PER_INSERT) await fill(store, day, Math.min(DAYS_PER_INSERT, days - day));
    await settle(store);
    for (const rows of sizes) print(await measure(store, ruleText, rows));
  } finally {
    await store.close();
    await removeTestDir(dir);
  }
}

function print(lines: readonly Line[]): void {
  for (const line of lines) {
    const text = options.json
      ? JSON.stringify({ ...line, cores: availableParallelism() })
      : `${line.rows} rows, ${line.thresholds} thresholds: ${line.seconds.toFixed(2)} s on ${line.coresUsed.toFixed(1)} cores, ${line.ratioToPlainScan.toFixed(2)} x plain scan (${line.plainSeconds.toFixed(2)} s on ${line.plainCoresUsed.toFixed(1)} cores; CPU ${line.cpuRatio.toFixed(2)} x, of the bare read ${line.cpuRatioToBareRead.toFixed(2)} x), ${line.rowsPerSecondPerCore} rows/s per core, first numbers after ${line.firstNumbersMs} ms, ${line.firings} firings, ${line.rssMaxMb} MB at most`;
    process.stdout.write(`${text}
`);
  }
}

await main();
