import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { createApi } from "@bellwether/alerts/api/createApi";
import { alertsConfigSchema } from "@bellwether/alerts/config";
import { createApiKey } from "@bellwether/alerts/identity/apiKeys";
import { exampleFinding } from "@bellwether/alerts/testing/findings";
import type { Postgres } from "@bellwether/postgres/open";
import { openTestPostgres } from "@bellwether/postgres/testing";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { countOf, print, withBench } from "./setup.ts";

/**
 * The API under load: `npm run bench:api -- [--alerts 20000] [--dealers 10000] [--requests 1000] [--clients 8] [--json]`. Dealers'
 * lists and details and the staff's list over HTTP with keys, at a tenth of the alerts and at all of them, in one run on one
 * database, so that the growth stands beside the figures. With --json the last line is JSON. Up to a million alerts.
 */

const ALERTS_MAX = 1_000_000;
const SEED_ROWS = 50_000;
/** Dealers that ask; each has a key of its own. */
const ASKING = 200;
const logger = createLogger({ service: "bench", level: "error" });

interface Options {
  readonly alerts: number;
  readonly dealers: number;
  readonly requests: number;
  readonly clients: number;
}

interface Target {
  readonly url: string;
  readonly dealers: readonly { readonly id: number; readonly key: string }[];
  readonly staff: string;
}

interface Figures {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly requestsPerS: number;
  /** CPU of this process, client and API together, without PostgreSQL: tells more than times do on a machine that does other work. */
  readonly cpuMsPerRequest: number;
}

const KINDS = ["dealerList", "dealerDetail", "dealerDetailAgain", "staffList"] as const;
type Kind = (typeof KINDS)[number];
type Measured = Readonly<Record<Kind, Figures>>;

const TEXTS = { en: "A text of usual length, as a rule's file has it.", zh: "与规则文件长度相近的文字。" };
const ADVICE = {
  ownerSymptom: TEXTS,
  technicianSymptom: TEXTS,
  operations: { en: ["Measure at rest", "Replace the module"], zh: ["静置后测量", "更换模组"] },
  parts: { en: ["Cell module"], zh: ["模组"] },
  labourHours: 2,
};

/** Alerts, their findings and leads with numbers `from` to `to`, each dealer's spread evenly over time. */
async function seed(db: Postgres, dealers: number, from: number, to: number): Promise<void> {
  const finding = JSON.stringify(exampleFinding({}));
  const at = "timestamptz '2026-01-01' + n * interval '10 s'";
  for (let first = from; first <= to; first += SEED_ROWS) {
    const series = `generate_series(${first}, ${Math.min(to, first + SEED_ROWS - 1)}) n`;
    await db.execute(`INSERT INTO alerts (id, vin, component, severity, state, opened_at, last_seen_at, occurrences, title, title_zh)
      SELECT 'al-' || n, 'V' || n, 'battery_cell', 'warning', 'open', ${at}, ${at}, 1, 'A weak cell', '弱单体' FROM ${series}`);
    await db.execute(
      `INSERT INTO leads (id, alert_id, vin, dealer_id, state, act_by, advice, offered_at, component, region)
       SELECT 'ld-' || n, 'al-' || n, 'V' || n, 'd' || n % ${dealers}, 'offered', ${at} + interval '7 d', $1::jsonb, ${at}, 'battery_cell', 'r' || n % 20
       FROM ${series}`,
      [JSON.stringify(ADVICE)],
    );
    await db.execute(
      `INSERT INTO alert_findings (alert_id, finding_id, severity, state, first_seen, last_seen, finding)
       SELECT 'al-' || n, 'f-' || n, 'warning', 'active', ${at}, ${at}, $1::jsonb FROM ${series}`,
      [finding],
    );
  }
  await db.execute("VACUUM ANALYZE alerts");
  await db.execute("VACUUM ANALYZE leads");
  await db.execute("VACUUM ANALYZE alert_findings");
}

/** Asks `requests` times with `clients` at a time; an answer other than 200 ends the run. */
async function ask(options: Options, request: (i: number) => { url: string; key: string }): Promise<Figures> {
  const agesMs: number[] = [];
  let next = 0;
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  const client = async () => {
    while (next < options.requests) {
      const { url, key } = request(next++);
      const askedMs = performance.now();
      const response = await fetch(url, { headers: { "x-api-key": key } });
      await response.arrayBuffer();
      if (response.status !== 200) throw new Error(`expected 200 from ${url}, got ${response.status}`);
      agesMs.push(performance.now() - askedMs);
    }
  };
  await Promise.all(Array.from({ length: options.clients }, client));
  const seconds = (performance.now() - startedMs) / 1000;
  const { user, system } = process.cpuUsage(startedCpu);
  agesMs.sort((a, b) => a - b);
  const at = (share: number) => Number((agesMs[Math.min(agesMs.length - 1, Math.floor(agesMs.length * share))] ?? Number.NaN).toFixed(1));
  return {
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    requestsPerS: Math.round(options.requests / seconds),
    cpuMsPerRequest: Number(((user + system) / 1000 / options.requests).toFixed(1)),
  };
}

async function measureAll(options: Options, target: Target, alerts: number): Promise<Measured> {
  const dealerOf = (i: number) => target.dealers[i % target.dealers.length] ?? { id: 0, key: "" };
  // As many as a dealer has at the smaller size, so that the growth is that of the table and not of the answer.
  const page = Math.min(50, Math.max(1, Math.floor(options.alerts / 10 / options.dealers)));
  const leadsEach = Math.max(1, Math.floor(alerts / options.dealers));
  const detail = (i: number) => {
    const { id, key } = dealerOf(i);
    return { url: `${target.url}/v1/leads/ld-${id + (Math.floor(i / target.dealers.length) % leadsEach) * options.dealers}`, key };
  };
  const requests: Record<Kind, (i: number) => { url: string; key: string }> = {
    dealerList: (i) => ({ url: `${target.url}/v1/leads?limit=${page}`, key: dealerOf(i).key }),
    // Another lead each time, as far as there are some.
    dealerDetail: (i) => detail(i),
    dealerDetailAgain: (i) => detail(i % target.dealers.length),
    staffList: () => ({ url: `${target.url}/v1/alerts?limit=50`, key: target.staff }),
  };
  // The first requests compile and fill caches.
  const warm = { ...options, requests: Math.min(100, options.requests) };
  const measured = { dealerList: zero, dealerDetail: zero, dealerDetailAgain: zero, staffList: zero };
  for (const kind of KINDS) {
    await ask(warm, requests[kind]);
    measured[kind] = await ask(options, requests[kind]);
    const { p50Ms, p99Ms, requestsPerS, cpuMsPerRequest } = measured[kind];
    print(`${alerts} alerts, ${kind}: p50 ${p50Ms} ms, p99 ${p99Ms} ms, ${requestsPerS} requests/s, CPU ${cpuMsPerRequest} ms each`);
  }
  return measured;
}

const zero: Figures = { p50Ms: 0, p99Ms: 0, requestsPerS: 0, cpuMsPerRequest: 0 };

function growthOf(small: Measured, large: Measured) {
  const ratio = (a: number, b: number) => Number((b / a).toFixed(2));
  return Object.fromEntries(
    KINDS.map((kind) => [kind, { p50: ratio(small[kind].p50Ms, large[kind].p50Ms), p99: ratio(small[kind].p99Ms, large[kind].p99Ms) }]),
  );
}

async function run(db: Postgres, store: Parameters<typeof createApi>[0]["store"], options: Options): Promise<object> {
  await db.execute(
    `INSERT INTO dealers (id, name, language, channel, address, region)
     SELECT 'd' || n, 'Dealer ' || n, 'en', 'log', 'd' || n, 'r' || n % 20 FROM generate_series(0, ${options.dealers - 1}) n`,
  );
  // Within the smaller size every asking dealer has a lead; ids from 1, as leads are counted from 1.
  const small = Math.ceil(options.alerts / 10);
  const asking = Math.min(ASKING, options.dealers - 1, small);
  const dealers: { id: number; key: string }[] = [];
  for (let id = 1; id <= asking; id++) {
    dealers.push({ id, key: await createApiKey(db, { role: "dealer", name: `d${id}`, dealerId: `d${id}` }) });
  }
  const staff = await createApiKey(db, { role: "analyst", name: "bench" });
  const config = { ...alertsConfigSchema.parse({}), apiRequestsPerMinute: 10_000_000 };
  const api = await createApi({ db, store, config, logger, metrics: createMetrics(), now: Date.now });
  try {
    const target = { url: await api.listen({ host: "127.0.0.1", port: 0 }), dealers, staff };
    await seed(db, options.dealers, 1, small);
    const atSmall = await measureAll(options, target, small);
    await seed(db, options.dealers, small + 1, options.alerts);
    const atAll = await measureAll(options, target, options.alerts);
    const machine = { cores: availableParallelism(), load: loadavg()[0] };
    return { ...options, smallAlerts: small, small: atSmall, all: atAll, growth: growthOf(atSmall, atAll), ...machine };
  } finally {
    await api.close();
  }
}

async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: { alerts: text, dealers: text, requests: text, clients: text, json: { type: "boolean", default: false } },
  });
  const options: Options = {
    alerts: Math.min(ALERTS_MAX, countOf(values.alerts, 20_000)),
    dealers: Math.max(2, countOf(values.dealers, 10_000)),
    requests: countOf(values.requests, 1000),
    clients: countOf(values.clients, 8),
  };
  const postgres = await openTestPostgres();
  try {
    await withBench(async ({ store }) => {
      const report = await run(postgres.db, store, options);
      print(values.json ? JSON.stringify(report) : JSON.stringify(report, null, 2));
    });
  } finally {
    await postgres.close();
  }
}

await main();
