import { parseArgs } from "node:util";
import { benchFreshness } from "./freshness.ts";
import { benchMemory } from "./memory.ts";
import { type Bench, countOf, print, withBench } from "./setup.ts";
import { benchThroughput } from "./throughput.ts";

/**
 * Benchmarks of ingest; on a broker with KAFKA_BROKERS.
 * `npm run bench [-- ingest] [--reports 400000] [--naive-reports 40000] [--rounds 3] [--json]`
 * `npm run bench -- freshness [--seconds 20] [--rate 50000] [--json]`
 * `npm run bench -- memory [--reports 10000000] [--json]`
 * With `--json` the last line is one JSON object.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    reports: { type: "string" },
    "naive-reports": { type: "string" },
    rounds: { type: "string" },
    seconds: { type: "string" },
    rate: { type: "string" },
    json: { type: "boolean", default: false },
  },
});

const BENCHES: Readonly<Record<string, (bench: Bench) => Promise<object>>> = {
  ingest: (bench) =>
    benchThroughput(bench, {
      reports: countOf(values.reports, 400_000),
      naiveReports: countOf(values["naive-reports"], 40_000),
      rounds: countOf(values.rounds, 3),
    }),
  freshness: (bench) =>
    benchFreshness(bench, {
      seconds: countOf(values.seconds, 20),
      rate: values.rate === undefined ? undefined : countOf(values.rate, 1),
      probeReports: countOf(values.reports, 200_000),
    }),
  memory: (bench) => benchMemory(bench, { reports: countOf(values.reports, 10_000_000) }),
};

const [name = "ingest"] = positionals;
const run = BENCHES[name];
if (run === undefined) throw new TypeError(`expected one of ${Object.keys(BENCHES).join(", ")}, got ${name}`);
await withBench(async (bench) => {
  const figures = await run(bench);
  if (values.json) print(JSON.stringify(figures));
});
