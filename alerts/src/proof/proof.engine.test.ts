import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import type { Finding } from "@bellwether/contracts/finding";
import { openTestPostgres, type TestPostgres } from "@bellwether/postgres/testing";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { ApiApp } from "../api/context.ts";
import { createApi } from "../api/createApi.ts";
import { alertsConfigSchema } from "../config.ts";
import { createApiKey } from "../identity/apiKeys.ts";
import { handleRecord } from "../pipeline.ts";
import { saveContact, saveDealer } from "../routing/people.ts";
import { exampleFinding } from "../testing/findings.ts";
import { drawArm } from "./holdout.ts";

const DAY_MS = 86_400_000;
const holdout = { share: 0.5, salt: "test" };
const vins = Array.from({ length: 40 }, (_, i) => `VIN000000000000${String(i).padStart(2, "0")}`);
const armOf = (vin: string) => drawArm({ vin, ruleId: "abnormal-cell" }, holdout).arm;
const held = vins.filter((vin) => armOf(vin) === "held");
const told = vins.filter((vin) => armOf(vin) === "told");
const [car = ""] = held;
let nowMs = Date.parse("2019-07-18T00:00:00.000Z");
let postgres: TestPostgres;
let clickhouse: TestStore;
let api: ApiApp;
const keys: Record<string, string> = {};

beforeAll(async () => {
  [postgres, clickhouse] = await Promise.all([openTestPostgres(), openTestStore()]);
  const { db } = postgres;
  await saveDealer(db, { id: "d", name: "D", language: "en", channel: "log", address: "d", timeZone: "UTC" });
  const contact = { name: "A. Owner", language: "en", channel: "log", address: "o", timeZone: "UTC", dealerId: "d" } as const;
  for (const vin of vins) await saveContact(db, { ...contact, vin, consent: { textVersion: "1", at: "2019-01-01T00:00:00.000Z" } });
  const logger = createLogger({ service: "api", level: "silent" });
  api = await createApi({
    db,
    store: clickhouse.store,
    config: alertsConfigSchema.parse({}),
    logger,
    metrics: createMetrics(),
    now: () => nowMs,
  });
  keys.staff = await createApiKey(db, { role: "service", name: "desk" });
  keys.dealer = await createApiKey(db, { role: "dealer", name: "d", dealerId: "d" });
  keys.owner = await createApiKey(db, { role: "owner", name: "o", vin: car });
  for (const vin of vins) await handle({ vin });
});
afterAll(async () => {
  await api?.close();
  await Promise.all([postgres.close(), clickhouse.close()]);
});

const handle = (changes: Partial<Finding>) =>
  handleRecord(
    { value: Buffer.from(JSON.stringify(exampleFinding(changes))) },
    {
      db: postgres.db,
      store: clickhouse.store,
      advice: { findAdvice: () => null },
      limitsOf: () => ({ titleChars: 100, bodyChars: 2000 }),
      coolDownMs: DAY_MS,
      acceptance: { usualMs: DAY_MS, safetyMs: DAY_MS },
      holdout,
      now: () => nowMs,
    },
  );
const vinRow = z.object({ vin: z.string() });
const vinsOf = async (sql: string) => (await postgres.db.query(sql, [], vinRow)).map(({ vin }) => vin);
const get = (url: string, who: string) => api.inject({ url, headers: { "x-api-key": keys[who] ?? "" } });
const report = (order: object) =>
  api.inject({ method: "POST", url: "/v1/repair-orders", payload: order, headers: { "x-api-key": keys.staff ?? "" } });

test("who is drawn into the comparison group gets no message and no lead; the others do, and every draw is on record", async () => {
  expect(await vinsOf("SELECT vin FROM leads ORDER BY vin")).toEqual(told);
  expect(await vinsOf("SELECT DISTINCT vin FROM notifications ORDER BY vin")).toEqual(told);
  expect(await vinsOf("SELECT vin FROM trial_draws WHERE arm = 'held' ORDER BY vin")).toEqual(held);
  expect(await vinsOf("SELECT vin FROM trial_draws WHERE arm = 'told' AND draw >= share ORDER BY vin")).toEqual(told);
  await expect(postgres.db.execute("UPDATE trial_draws SET arm = 'told'")).rejects.toThrow("append-only");
});

test("neither the dealer nor the owner can see that somebody is held back", async () => {
  expect((await get(`/v1/alerts?vin=${car}`, "dealer")).json().items).toEqual([]);
  expect((await get("/v1/alerts", "owner")).json().items).toEqual([]);
  expect((await get("/v1/leads?limit=200", "dealer")).json().items).toHaveLength(told.length);
  expect((await get("/v1/proof", "dealer")).statusCode).toBe(403);
  expect((await get(`/v1/alerts?vin=${car}`, "staff")).json().items).toHaveLength(1);
});

test("getting worse keeps a car in the group, danger takes it out and tells everybody", async () => {
  const other = held[1] ?? "";
  await handle({ vin: other, id: "f-2", severity: "warning", lastSeen: "2019-07-17T09:00:00.000Z" });
  expect(await vinsOf(`SELECT vin FROM leads WHERE vin = '${other}'`)).toEqual([]);
  await handle({ vin: other, severity: "critical", lastSeen: "2019-07-17T10:00:00.000Z" });
  expect(await vinsOf(`SELECT vin FROM leads WHERE vin = '${other}'`)).toEqual([other]);
  const said = await postgres.db.query(
    "SELECT audience, reason FROM notifications WHERE vin = $1 ORDER BY audience",
    [other],
    z.object({ audience: z.string(), reason: z.string() }),
  );
  expect(said).toEqual([
    { audience: "dealer", reason: "first" },
    { audience: "owner", reason: "first" },
  ]);
});

test("visits are counted in the arm that was drawn, once, within the window, and end the alert without a word to who was held", async () => {
  const order = { component: "battery_cell", outcome: "confirmed", at: "2019-07-27T08:00:00.000Z" };
  const alertOfCar = (await get(`/v1/alerts?vin=${car}`, "staff")).json().items[0].id;
  const first = await report({ ...order, id: "ro-1", vin: car, cause: "breakdown" });
  expect(first.json()).toEqual({ result: "recorded", alertId: alertOfCar });
  expect((await report({ ...order, id: "ro-1", vin: car, cause: "breakdown" })).json()).toEqual({ result: "known", alertId: null });
  await report({ ...order, id: "ro-2", vin: car, cause: "complaint", at: "2019-07-28T08:00:00.000Z" });
  await report({ ...order, id: "ro-3", vin: car, cause: "complaint", at: "2019-12-28T08:00:00.000Z" });
  for (const [i, vin] of told.slice(0, 6).entries()) await report({ ...order, id: `ro-t${i}`, vin, cause: "advice" });
  expect(await vinsOf(`SELECT vin FROM notifications WHERE vin = '${car}'`)).toEqual([]);
  expect(await vinsOf("SELECT vin FROM leads WHERE state = 'closed' ORDER BY vin")).toEqual(told.slice(0, 6));
  expect(await vinsOf("SELECT vin FROM notifications WHERE reason = 'withdrawn'")).toEqual([]);
  expect((await get("/v1/proof", "staff")).json()).toEqual({ windowDays: 60, rules: [] });
  nowMs += 70 * DAY_MS;
  const { rules } = (await get("/v1/proof", "staff")).json();
  expect(rules).toMatchObject([
    {
      ruleId: "abnormal-cell",
      ruleVersion: 1,
      told: { vehicles: told.length, reports: 0, converted: 6 },
      held: { vehicles: held.length, reports: 2, reportsSquared: 4, converted: 0 },
      reports: { verdict: "not_enough_data", ratio: null },
      conversion: { verdict: "not_enough_data" },
    },
  ]);
  expect(rules[0].reports.vehiclesNeeded).toBeGreaterThan(500);
  for (const [by, slice] of [
    ["dealer", "d"],
    ["channel", "log"],
  ]) {
    const cut = (await get(`/v1/proof?by=${by}`, "staff")).json().rules;
    expect(cut).toMatchObject([
      { slice, told: { vehicles: told.length }, held: { vehicles: held.length }, reports: { verdict: "not_enough_data" } },
    ]);
  }
});
