import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { Finding } from "@bellwether/contracts/finding";
import { TOPICS } from "@bellwether/contracts/topics";
import type { Postgres, Queryable } from "@bellwether/postgres/open";
import { openTestPostgres, type TestPostgres } from "@bellwether/postgres/testing";
import { openLog } from "@bellwether/runtime/log/openLog";
import type { RecordLog } from "@bellwether/runtime/log/records";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { closeLead } from "./alert/decisions.ts";
import { alertsConfigSchema } from "./config.ts";
import { handleRecord } from "./pipeline.ts";
import { saveContact, saveDealer } from "./routing/people.ts";
import { createAlerts } from "./service.ts";
import { exampleFinding, minutesLater } from "./testing/findings.ts";

let postgres: TestPostgres;
let clickhouse: TestStore;
let log: RecordLog;
let dir: string;
const logger = createLogger({ service: "alerts", level: "silent" });
const advice = { findAdvice: () => null };

const total = (offsets: readonly { nextOffset: number }[]) => offsets.reduce((sum, { nextOffset }) => sum + nextOffset, 0);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "bellwether-test-alerts-"));
  [postgres, clickhouse] = await Promise.all([openTestPostgres(), openTestStore()]);
  await clickhouse.store.insertRows(
    "telemetry",
    [
      {
        vin: "LSVAA4182E2000001",
        event_time: "2019-07-01 00:00:00.000",
        received_time: "2019-07-01 00:00:01.000",
        odometer_km: 41_250.4,
        format: "sample-json",
      },
    ],
    { token: "odometer" },
  );
});

afterAll(async () => {
  await Promise.all([postgres.close(), clickhouse.close()]);
  await rm(dir, { recursive: true, force: true });
});

beforeEach(async () => {
  log = await openLog({ kind: "embedded", dir: await mkdtemp(join(dir, "log-")) });
  await log.ensureTopics([TOPICS.findings, TOPICS.deadLetters].map((topic) => ({ topic, partitions: 4 })));
  await postgres.db.transaction(async (tx) => {
    // The audit refuses even its owner; a test database may say otherwise for one transaction.
    await tx.execute("SET LOCAL session_replication_role = replica");
    await tx.execute(
      "TRUNCATE alert_transitions, alert_findings, notifications, outbox, lead_events, leads, alerts, vehicle_contacts, dealers CASCADE",
    );
  });
});
afterEach(() => log.close());

const record = (finding: Finding) => ({ key: finding.vin, value: Buffer.from(JSON.stringify(finding)) });
const countRow = z.object({ n: z.coerce.number() });
const count = async (from: string): Promise<number> =>
  (await postgres.db.query(`SELECT count(*) AS n FROM ${from}`, [], countRow))[0]?.n ?? -1;

function service(overrides: Record<string, unknown> = {}, db: Postgres = postgres.db) {
  const config = alertsConfigSchema.parse({ senderPollMs: 20, ...overrides });
  return createAlerts({
    log,
    store: clickhouse.store,
    db,
    advice,
    config,
    logger,
    metrics: createMetrics(),
    now: Date.now,
    random: () => 0,
  });
}

const pipeline = (db: Pick<Postgres, "transaction"> = postgres.db) => ({
  db,
  store: clickhouse.store,
  advice,
  limitsOf: () => ({ titleChars: 100, bodyChars: 2000 }),
  coolDownMs: 14 * 86_400_000,
  acceptance: { usualMs: 86_400_000, safetyMs: 7_200_000 },
  holdout: { share: 0, salt: "s" },
  now: () => 1_700_000_000_000,
});

async function addOwnerAndDealer(): Promise<void> {
  await saveDealer(postgres.db, { id: "d-1", name: "North", language: "en", channel: "log", address: "north", timeZone: "Europe/Berlin" });
  await saveContact(postgres.db, {
    vin: "LSVAA4182E2000001",
    name: "A. Owner",
    language: "zh",
    channel: "log",
    address: "owner",
    timeZone: "Asia/Shanghai",
    dealerId: "d-1",
    consent: { textVersion: "2026-01", at: "2026-01-02T00:00:00.000Z" },
  });
}

test("a finding repeated 300 times makes one alert, one owner message and one lead", async () => {
  await addOwnerAndDealer();
  const file = join(dir, "sent-300.jsonl");
  const alerts = service({ notificationLogFile: file, alertsGroup: "repeat-300" });
  await alerts.start();
  const repeats = Array.from({ length: 300 }, (_, i) => record(exampleFinding({ lastSeen: minutesLater(i) })));
  await log.sink.send(TOPICS.findings, repeats);
  await log.sink.send(TOPICS.findings, repeats);
  await alerts.drain();
  await alerts.stop();
  expect(await count("alerts")).toBe(1);
  expect(await count("leads")).toBe(1);
  expect(await count("notifications WHERE audience = 'owner'")).toBe(1);
  expect(await count("notifications WHERE audience = 'dealer'")).toBe(1);
  expect(await count("alerts WHERE occurrences = 300")).toBe(1);
  expect(await count("leads WHERE odometer_km = 41250.4 AND dealer_id = 'd-1'")).toBe(1);
  const lines = (await readFile(file, "utf8")).trim().split("\n");
  expect(lines).toHaveLength(2);
  expect(await count("outbox WHERE state = 'sent' AND attempts = 1")).toBe(2);
});

test("303 flips of an alarm make one alert and, for a bare VIN, one operator record", async () => {
  for (let flip = 0; flip < 303; flip++) {
    const finding = exampleFinding({ id: `flip-${flip}`, firstSeen: minutesLater(flip * 10), lastSeen: minutesLater(flip * 10) });
    await handleRecord(record(finding), pipeline());
    await handleRecord(record({ ...finding, state: "cleared", lastSeen: minutesLater(flip * 10 + 5) }), pipeline());
  }
  expect(await count("alerts WHERE state = 'resolved'")).toBe(1);
  expect(await count("alerts")).toBe(1);
  expect(await count("notifications")).toBe(1);
  expect(await count("notifications WHERE withheld_reason = 'no_contact' AND channel = 'log' AND audience = 'owner'")).toBe(1);
  expect(await count("leads WHERE dealer_id IS NULL")).toBe(1);
});

test("a failure of any single statement loses nothing and doubles nothing", async () => {
  await addOwnerAndDealer();
  const steps = [
    exampleFinding({ severity: "advice" }),
    exampleFinding({ severity: "critical", lastSeen: minutesLater(5) }),
    exampleFinding({ severity: "critical", state: "cleared", lastSeen: minutesLater(9) }),
  ];
  let failures = 0;
  for (const finding of steps) {
    for (let nth = 1; ; nth++) {
      const outcome = await handleRecord(record(finding), pipeline(failingDb(postgres.db, nth))).catch((error: unknown) => error);
      if (!(outcome instanceof Error)) break;
      failures++;
    }
    expect((await handleRecord(record(finding), pipeline())).kind).toBe("unchanged");
  }
  expect(failures).toBeGreaterThan(20);
  expect(await count("alerts")).toBe(1);
  expect(await count("leads")).toBe(1);
  expect(await count("alert_transitions")).toBe(3);
  expect(await count("notifications WHERE audience = 'owner' AND reason = 'first'")).toBe(1);
  expect(await count("notifications WHERE audience = 'owner' AND reason = 'escalated'")).toBe(1);
  expect(await count("notifications")).toBe(4);
  expect(await count("outbox")).toBe(4);
});

test("closing a lead survives a failure of any single statement, with one label and one audit row", async () => {
  await addOwnerAndDealer();
  await handleRecord(record(exampleFinding()), pipeline());
  await handleRecord(record(exampleFinding({ id: "f-2", source: { kind: "rule", id: "cell-under-voltage", version: 2 } })), pipeline());
  const [lead] = await postgres.db.query("SELECT id FROM leads", [], z.object({ id: z.string() }));
  const decision = { actor: "dealer:North", note: "", nowMs: Date.now(), outcome: "no_fault_found" } as const;
  let failures = 0;
  for (let nth = 1; ; nth++) {
    const outcome = await closeLead(failingDb(postgres.db, nth), lead?.id ?? "", decision).catch((error: unknown) => error);
    if (!(outcome instanceof Error)) break;
    failures++;
  }
  expect(failures).toBeGreaterThan(5);
  expect(await closeLead(postgres.db, lead?.id ?? "", decision)).toBe("done");
  expect(await count("outbox WHERE kind = 'label'")).toBe(2);
  expect(await count("alert_transitions WHERE action = 'closed'")).toBe(1);
  expect(await count("alerts WHERE state = 'dismissed'")).toBe(1);
});

test("the audit cannot be changed, deleted or truncated", async () => {
  await handleRecord(record(exampleFinding()), pipeline());
  await expect(postgres.db.execute("UPDATE alert_transitions SET note = 'x'")).rejects.toThrow("append-only");
  await expect(postgres.db.execute("DELETE FROM alert_transitions")).rejects.toThrow("append-only");
  await expect(postgres.db.execute("TRUNCATE alert_transitions")).rejects.toThrow("append-only");
});

test("records that are no findings are parked with a reason and the ones around them are decided", async () => {
  const alerts = service({ alertsGroup: "bad-input" });
  await alerts.start();
  const before = await log.endOffsets(TOPICS.deadLetters);
  await log.sink.send(TOPICS.findings, [
    { key: "a", value: Buffer.from("not json") },
    { key: "a", value: Buffer.alloc(0) },
    { key: "a", value: Buffer.from(JSON.stringify({ ...exampleFinding(), severity: "loud" })) },
    { key: "a", value: Buffer.from(JSON.stringify(exampleFinding({ id: "nul", component: "drive", sentence: "a NUL \u0000 in a text" }))) },
    { key: "a", value: Buffer.from(JSON.stringify(exampleFinding({ id: "good", component: "tyre" }))) },
  ]);
  await alerts.drain();
  await alerts.stop();
  expect(total(await log.endOffsets(TOPICS.deadLetters)) - total(before)).toBe(4);
  expect(await count("alerts WHERE component = 'tyre'")).toBe(1);
  expect(await count("alerts WHERE component = 'drive'")).toBe(0);
});

test("a second start goes on where the first stopped", async () => {
  const first = service({ alertsGroup: "restart" });
  await first.start();
  await log.sink.send(TOPICS.findings, [record(exampleFinding({ id: "f-a" }))]);
  await first.drain();
  await first.stop();
  await first.done;
  await log.sink.send(TOPICS.findings, [record(exampleFinding({ id: "f-b", component: "brake" }))]);
  const second = service({ alertsGroup: "restart" });
  await second.start();
  await second.drain();
  await second.stop();
  expect(await count("alerts")).toBe(2);
  expect(await count("notifications")).toBe(2);
});

/** A database whose nth statement in a transaction fails after having run, as if the connection broke before the answer came. */
function failingDb(db: Postgres, nth: number): Pick<Postgres, "transaction"> {
  let calls = 0;
  const thenBreak = async <T>(running: Promise<T>): Promise<T> => {
    const result = await running;
    if (++calls === nth) throw new BellwetherError("store_unavailable", "the connection broke", { retryable: true });
    return result;
  };
  const wrap = (tx: Queryable): Queryable => ({
    query: (sql, params, row) => thenBreak(tx.query(sql, params, row)),
    execute: (sql, params) => thenBreak(tx.execute(sql, params)),
  });
  return { transaction: (run) => db.transaction((tx) => run(wrap(tx))) };
}

test("repair orders from the topic: recorded once each, bad ones parked with the reason", async () => {
  const order = { id: "RO-9", vin: "LSVAA4182E2000001", component: "tyre", outcome: "confirmed", at: "2019-07-20", odometerKm: 41_300 };
  const values = [order, order, { ...order, id: "RO-10", vin: "NOBODY" }, { ...order, id: "RO-11", outcome: "fine" }];
  const before = await log.endOffsets(TOPICS.deadLetters);
  const metrics = createMetrics();
  const config = alertsConfigSchema.parse({});
  const service = createAlerts({ log, store: clickhouse.store, db: postgres.db, advice, config, logger, metrics, now: Date.now });
  await service.start();
  await log.sink.send(
    TOPICS.repairOrders,
    values.map((value) => ({ key: value.vin, value: Buffer.from(JSON.stringify(value)) })),
  );
  await service.drain();
  await service.stop();
  const rows = await postgres.db.query(
    "SELECT id, odometer_km AS km FROM repair_orders WHERE id LIKE 'RO-%' ORDER BY id",
    [],
    z.object({ id: z.string(), km: z.coerce.number() }),
  );
  expect(rows).toEqual([{ id: "RO-9", km: 41_300 }]);
  expect(total(await log.endOffsets(TOPICS.deadLetters)) - total(before)).toBe(2);
  const counted = await metrics.registry.metrics();
  for (const line of ['{result="recorded"} 1', '{result="known"} 1', '{result="parked"} 2']) {
    expect(counted).toContain(`bellwether_alerts_repair_orders_total${line}`);
  }
});
