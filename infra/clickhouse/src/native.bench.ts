/**
 * Rows/s of one telemetry-like insert (10,000 rows, 96 cells): Native block beside JSONEachRow, interleaved in one run.
 * `npm run bench -w @bellwether/clickhouse`. Machines of this kind are noisy: read the ratio, not the rate.
 */
import { encodeNative, type NativeColumn, type NativeValue } from "./native.ts";
import { openTestStore } from "./testing.ts";

const ROWS = 10_000;
const CELLS = 96;
const ROUNDS = 7;
const START_MS = Date.UTC(2024, 4, 1);

/** Plain values, so that the same columns can be written as JSON. */
interface Column extends NativeColumn {
  readonly values: readonly NativeValue[];
}

interface Report {
  readonly vin: string;
  readonly at: number;
  readonly cells: readonly number[];
  readonly probes: readonly number[];
}

function reportOf(row: number, round: number): Report {
  const sag = Math.sin(row / 50) * 0.1;
  return {
    vin: `LBENCH${String(row % 100).padStart(11, "0")}`,
    at: START_MS + round * 86_400_000 + Math.floor(row / 100) * 10_000,
    cells: Array.from({ length: CELLS }, (_, cell) => Math.round((3.7 + sag + ((cell * 7 + row) % 13) / 1000) * 1000) / 1000),
    probes: Array.from({ length: 24 }, (_, probe) => 25 + ((probe + row) % 5)),
  };
}

/** The columns a GB/T 32960 report fills. */
function columnsOf(reports: readonly Report[]): readonly Column[] {
  const number = (name: string, type: string, value: (report: Report, row: number) => number | null) => ({
    name,
    type,
    values: reports.map(value),
  });
  const text = (name: string, value: (report: Report) => string) => ({ name, type: "String", values: reports.map(value) });
  return [
    text("vin", ({ vin }) => vin),
    number("event_time", "DateTime64(3, 'UTC')", ({ at }) => at),
    number("received_time", "DateTime64(3, 'UTC')", ({ at }) => at + 800),
    text("format", () => "gbt32960"),
    { name: "is_reissue", type: "Bool", values: reports.map(() => false) },
    text("log_topic", () => "bellwether.frames"),
    number("log_partition", "UInt16", () => 0),
    number("log_offset", "UInt64", (_, row) => row),
    {
      name: "charge_state",
      type: "Nullable(Enum8('parked_charging' = 1, 'driving_charging' = 2, 'not_charging' = 3, 'complete' = 4))",
      values: reports.map(() => "not_charging"),
    },
    number("speed_kmh", "Nullable(Float32)", (_, row) => row % 120),
    number("odometer_km", "Nullable(Float64)", (_, row) => 20_000 + row / 10),
    number("pack_voltage_v", "Nullable(Float32)", (_, row) => 350 + (row % 40) / 10),
    number("pack_current_a", "Nullable(Float32)", (_, row) => (row % 200) - 50),
    number("soc_pct", "Nullable(Float32)", (_, row) => (row % 7 === 0 ? null : row % 101)),
    number("insulation_kohm", "Nullable(Float32)", () => 5000),
    { name: "cell_voltages_v", type: "Array(Nullable(Float32))", values: reports.map(({ cells }) => cells) },
    { name: "probe_temps_c", type: "Array(Nullable(Float32))", values: reports.map(({ probes }) => probes) },
  ];
}

function rowsOf(columns: readonly Column[]): readonly object[] {
  return Array.from({ length: ROWS }, (_, row) =>
    Object.fromEntries(
      columns.map(({ name, type, values }) => {
        const value = values[row];
        return [name, type.startsWith("DateTime64") && typeof value === "number" ? new Date(value).toISOString() : value];
      }),
    ),
  );
}

interface Cost {
  readonly wallMs: number;
  /** Of the whole process, chDB's threads included; unlike the wall it does not depend on what else the machine does. */
  readonly cpuMs: number;
}

async function costOf(work: () => unknown): Promise<Cost> {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wallMs: performance.now() - startedAt, cpuMs: (user + system) / 1000 };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function summary(costs: readonly Cost[]): Cost {
  return { wallMs: median(costs.map(({ wallMs }) => wallMs)), cpuMs: median(costs.map(({ cpuMs }) => cpuMs)) };
}

function lineOf(label: string, { wallMs, cpuMs }: Cost): string {
  const rate = Math.round((ROWS / wallMs) * 1000).toLocaleString("en");
  return `${label.padEnd(28)}${wallMs.toFixed(1).padStart(8)} ms ${rate.padStart(10)} rows/s ${((cpuMs / ROWS) * 1000).toFixed(1).padStart(7)} µs CPU per row`;
}

const { store, close } = await openTestStore();
const encode: Cost[] = [];
const native: Cost[] = [];
const json: Cost[] = [];
let blockBytes = 0;
for (let round = 0; round < ROUNDS; round++) {
  const columns = columnsOf(Array.from({ length: ROWS }, (_, row) => reportOf(row, round)));
  const names = columns.map(({ name }) => name);
  // Pays for the garbage of making the reports, which is not the encoder's.
  encodeNative(columns);
  encode.push(
    await costOf(() => {
      blockBytes = encodeNative(columns).byteLength;
    }),
  );
  native.push(await costOf(() => store.insertNative("telemetry", names, encodeNative(columns), { token: `native:${round}` })));
  // Made only now: a heap full of rows would make the encoder pay for its garbage collection.
  const rows = rowsOf(columns);
  json.push(await costOf(() => store.insertRows("telemetry", rows, { token: `json:${round}` })));
}
await close();

const [ofEncode, ofNative, ofJson] = [summary(encode), summary(native), summary(json)];
const report = [
  `${ROWS} rows × ${CELLS} cells, block of ${(blockBytes / 1e6).toFixed(1)} MB, median of ${ROUNDS}`,
  lineOf("encodeNative alone", ofEncode),
  lineOf("encodeNative + insertNative", ofNative),
  lineOf("insertRows (JSONEachRow)", ofJson),
  `Native costs 1/${(ofJson.cpuMs / ofNative.cpuMs).toFixed(1)} of the CPU and is ${(ofJson.wallMs / ofNative.wallMs).toFixed(1)} times as fast as JSONEachRow`,
];
process.stdout.write(`${report.join("\n")}\n`);
