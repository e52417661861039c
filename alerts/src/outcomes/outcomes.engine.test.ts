import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { openTestPostgres, type TestPostgres } from "@bellwether/postgres/testing";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { closeLead } from "../alert/decisions.ts";
import type { ApiApp } from "../api/context.ts";
import { createApi } from "../api/createApi.ts";
import { alertsConfigSchema } from "../config.ts";
import { createApiKey } from "../identity/apiKeys.ts";
import { createLeadWebhook } from "../leads/leadEvents.ts";
import { handleRecord } from "../pipeline.ts";
import { saveContact, saveDealer } from "../routing/people.ts";
import { exampleFinding } from "../testing/findings.ts";
import { openCases } from "./engineeringCases.ts";
import { followUpDue } from "./followUps.ts";

const DAY_MS = 86_400_000;
const vins = ["VINA", "VINB", "VINC", "VIND"];
const START = Date.parse("2019-07-18T00:00:00.000Z");
let nowMs = START;
let postgres: TestPostgres;
let clickhouse: TestStore;
let api: ApiApp;
let staff: string;
const now = () => nowMs;

beforeAll(async () => {
  [postgres, clickhouse] = await Promise.all([openTestPostgres(), openTestStore()]);
  const { db } = postgres;
  await saveDealer(db, { id: "d", name: "D", language: "en", channel: "log", address: "d", timeZone: "UTC" });
  const contact = { name: "A", language: "zh", channel: "log", address: "o", timeZone: "UTC", dealerId: "d" } as const;
  for (const vin of vins) await saveContact(db, { ...contact, vin, consent: { textVersion: "1", at: "2019-01-01T00:00:00.000Z" } });
  const logger = createLogger({ service: "api", level: "silent" });
  api = await createApi({ db, store: clickhouse.store, config: alertsConfigSchema.parse({}), logger, metrics: createMetrics(), now });
  staff = await createApiKey(db, { role: "service", name: "desk" });
  for (const vin of vins) await speak(vin, "2019-07-17T08:00:00.000Z");
});
afterAll(async () => {
  await api?.close();
  await Promise.all([postgres.close(), clickhouse.close()]);
});

const speak = (vin: string, lastSeen: string) =>
  handleRecord(
    { value: Buffer.from(JSON.stringify(exampleFinding({ id: `f-${vin}-${lastSeen}`, vin, firstSeen: lastSeen, lastSeen }))) },
    {
      db: postgres.db,
      store: clickhouse.store,
      advice: { findAdvice: () => null },
      limitsOf: () => ({ titleChars: 99, bodyChars: 999 }),
      coolDownMs: DAY_MS,
      acceptance: { usualMs: DAY_MS, safetyMs: DAY_MS },
      holdout: { share: 0, salt: "s" },
      now,
    },
  );
const leadOf = async (vin: string) =>
  (await postgres.db.query("SELECT id FROM leads WHERE vin = $1 ORDER BY offered_at LIMIT 1", [vin], z.object({ id: z.string() })))[0]
    ?.id ?? "";
const get = async (url: string) => (await api.inject({ url, headers: { "x-api-key": staff } })).json();
const rowsOf = (sql: string) => postgres.db.query(sql, [], z.record(z.string(), z.unknown()));

test("a confirmed visit is followed by one question within a day, in the owner's language", async () => {
  await postgres.db.execute("UPDATE outbox SET state = 'sent', finished_at = now() WHERE kind = 'notification'");
  for (const vin of vins.slice(0, 3)) {
    await closeLead(postgres.db, await leadOf(vin), { outcome: "confirmed", actor: "dealer:d", note: "", nowMs });
  }
  expect(await followUpDue(postgres.db, now)).toBe(0);
  nowMs = START + 0.6 * DAY_MS;
  expect(await followUpDue(postgres.db, now)).toBe(3);
  expect(await followUpDue(postgres.db, now)).toBe(0);
  const asked = await rowsOf("SELECT vin, title FROM notifications WHERE reason = 'follow_up' ORDER BY vin");
  expect(asked).toEqual(vins.slice(0, 3).map((vin) => ({ vin, title: "到店后车辆是否一切正常？" })));
});

test("three cars with the same confirmed failure in a row are one case for engineering, told once to the maker's webhooks", async () => {
  const hook = { url: "https://oem.example/hooks", actor: "service:desk" };
  await createLeadWebhook(postgres.db, { ...hook, dealerId: null }, nowMs);
  await createLeadWebhook(postgres.db, { ...hook, dealerId: "d" }, nowMs);
  const open = () => openCases({ db: postgres.db, store: clickhouse.store }, nowMs);
  const [id] = await open();
  expect(await open()).toEqual([]);
  const { items } = await get("/v1/engineering-cases");
  const found = { scope: "dealer", scopeId: "d", sourceId: "abnormal-cell", component: "battery_cell", vins: ["VINA", "VINB", "VINC"] };
  expect(items).toMatchObject([{ ...found, id, closedAt: null }]);
  const told = await rowsOf("SELECT payload #> '{data}' AS data FROM outbox WHERE thread LIKE 'ec-%'");
  expect(told).toEqual([{ data: { ...found, event: "engineering_case", caseId: id, at: new Date(nowMs).toISOString() } }]);
  const headers = { "x-api-key": staff };
  const url = `/v1/engineering-cases/${items[0].id}/close`;
  expect((await api.inject({ method: "POST", url, headers, payload: { note: "new cell supplier" } })).json().closedBy).toBe("service:desk");
  expect(await open()).toEqual([]);
});

test("a finding that is back after the repair is a repeat: one label, also after the second look; the others are gone", async () => {
  nowMs = START + 20 * DAY_MS;
  await speak("VINA", "2019-08-06T08:00:00.000Z");
  nowMs = START + 31 * DAY_MS;
  expect(await followUpDue(postgres.db, now)).toBe(3);
  nowMs = START + 61 * DAY_MS;
  expect(await followUpDue(postgres.db, now)).toBe(3);
  const results = await rowsOf("SELECT vin, kind, result FROM follow_ups WHERE kind <> 'day1' ORDER BY vin, kind");
  expect(results.map(({ result }) => result)).toEqual(["returned", "returned", "gone", "gone", "gone", "gone"]);
  const labels = await rowsOf("SELECT payload ->> 'vin' AS vin FROM outbox WHERE kind = 'label' AND payload ->> 'givenBy' = 'follow-up'");
  expect(labels).toEqual([{ vin: "VINA" }]);
});

test("dealers and rules are reported with what came of their leads", async () => {
  const { items: dealers } = await get("/v1/quality/dealers");
  expect(dealers).toMatchObject([{ dealerId: "d", leads: 5, closed: 3, confirmed: 3, checked: 3, repeats: 1, noFaultShare: null }]);
  const { items: rules } = await get("/v1/quality/rules");
  expect(rules).toMatchObject([
    { ruleId: "abnormal-cell", ruleVersion: 1, alerts: 5, verdicts: 3, confirmed: 3, falseAlarms: 0, repeats: 1 },
  ]);
});

test("repeat repairs are reported by region above 5 %, and nothing is said about fewer than five", async () => {
  await postgres.db.execute("UPDATE leads SET region = 'north' WHERE state = 'closed'");
  expect((await get("/v1/quality/regions")).items).toEqual([
    { region: "north", component: "battery_cell", closed: 3, checked: 3, repeats: 1, repeatShare: null, isReported: null },
  ]);
  await postgres.db.execute(`INSERT INTO alerts SELECT (jsonb_populate_record(a, jsonb_build_object('id', 'al-x' || n, 'vin', 'X' || n))).*
    FROM alerts a, generate_series(1, 4) n WHERE a.id = (SELECT alert_id FROM leads WHERE vin = 'VINB')`);
  await postgres.db.execute(`INSERT INTO leads SELECT (jsonb_populate_record(l, jsonb_build_object('id', 'ld-x' || n, 'alert_id', 'al-x' || n, 'vin', 'X' || n))).*
    FROM leads l, generate_series(1, 4) n WHERE l.vin = 'VINB'`);
  await postgres.db.execute(`INSERT INTO follow_ups SELECT (jsonb_populate_record(f, jsonb_build_object('alert_id', 'al-x' || n, 'vin', 'X' || n))).*
    FROM follow_ups f, generate_series(1, 4) n WHERE f.vin = 'VINB' AND f.kind = 'day30'`);
  const [north] = (await get("/v1/quality/regions")).items;
  expect(north).toMatchObject({ closed: 7, checked: 7, repeats: 1, repeatShare: { share: 1 / 7 }, isReported: true });
  for (const table of ["follow_ups WHERE alert_id", "leads WHERE alert_id", "alerts WHERE id"])
    await postgres.db.execute(`DELETE FROM ${table} LIKE 'al-x%'`);
});

test("an owner nobody has seen for 90 days although a finding is open is listed", async () => {
  expect((await get("/v1/quality/unseen")).items).toEqual([]);
  nowMs = START + 95 * DAY_MS;
  expect((await get("/v1/quality/unseen")).items).toMatchObject([{ vin: "VIND", dealerId: "d", lastSignAt: null }]);
});

test("visits as a file: good lines are recorded once, bad ones are named", async () => {
  const payload = [
    "id,vin,component,cause,outcome,at,note,odometerKm",
    "ro-1,VIND,battery_cell,complaint,confirmed,2019-10-01T08:00:00.000Z,,",
    'ro-2,VINX,tyre,routine,confirmed,2019-10-01T08:00:00.000Z,"worn, replaced",41200.5',
    "ro-3,VINX,wing,routine,confirmed,2019-10-01T08:00:00.000Z,,",
    "ro-4,VINX,tyre,routine,confirmed,2019-10-01T08:00:00.000Z,,-3",
  ].join("\r\n");
  const headers = { "x-api-key": staff, "content-type": "text/csv" };
  const send = async () => (await api.inject({ method: "POST", url: "/v1/repair-orders.csv", headers, payload })).json();
  expect(await send()).toMatchObject({ recorded: 2, known: 0, rejected: [{ line: 4 }, { line: 5 }] });
  expect(await send()).toMatchObject({ recorded: 0, known: 2 });
  expect(await rowsOf("SELECT state, outcome FROM leads WHERE vin = 'VIND'")).toEqual([{ state: "closed", outcome: "confirmed" }]);
  expect(await rowsOf("SELECT odometer_km AS km FROM repair_orders WHERE id LIKE 'ro-%' ORDER BY id")).toEqual([
    { km: null },
    { km: 41200.5 },
  ]);
});
