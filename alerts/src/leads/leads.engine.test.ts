import { createServer } from "node:http";
import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import type { Finding } from "@bellwether/contracts/finding";
import { openTestPostgres, type TestPostgres } from "@bellwether/postgres/testing";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { ApiApp } from "../api/context.ts";
import { createApi } from "../api/createApi.ts";
import { leadPageSchema, leadSchema } from "../api/leadSchemas.ts";
import { alertsConfigSchema } from "../config.ts";
import { sendDue } from "../delivery/sender.ts";
import { createApiKey } from "../identity/apiKeys.ts";
import { recordConsent } from "../owners/consents.ts";
import { handleRecord } from "../pipeline.ts";
import { saveContact, saveDealer } from "../routing/people.ts";
import { exampleFinding } from "../testing/findings.ts";
import { runTimers } from "../timers.ts";

/** One story after another on the same fleet: routing, clock, progress, webhooks, contact, exports. */

const HOUR_MS = 3_600_000;
const SECRET = `whsec_${Buffer.from("a secret of the tests, 32 bytes!").toString("base64")}`;
const logger = createLogger({ service: "api", level: "silent" });
const advice = { findAdvice: () => null };
const limitsOf = () => ({ titleChars: 100, bodyChars: 2000 });
const acceptance = { usualMs: 24 * HOUR_MS, safetyMs: 2 * HOUR_MS };
let postgres: TestPostgres;
let clickhouse: TestStore;
let api: ApiApp;
let nowMs = Date.parse("2026-01-10T12:00:00.000Z");
const keys: Record<string, string> = {};
const VIN = "LSVAA4182E2000001";

beforeAll(async () => {
  [postgres, clickhouse] = await Promise.all([openTestPostgres(), openTestStore()]);
  const { db } = postgres;
  const dealer = { language: "en", channel: "log", address: "x", timeZone: "UTC", region: "north" } as const;
  await saveDealer(db, { ...dealer, id: "big", name: "Big", capacityPerWeek: 20 });
  await saveDealer(db, { ...dealer, id: "cells", name: "Cells", skills: ["battery_cell"], capacityPerWeek: 20 });
  await saveDealer(db, { ...dealer, id: "tyres", name: "Tyres", skills: ["tyre"], capacityPerWeek: 20 });
  await saveDealer(db, { ...dealer, id: "south", name: "South", region: "south" });
  const vehicle = {
    model: "EV 1",
    chemistry: "NMC",
    nominal_ah: 150,
    cells: 96,
    built_on: "2020-05-01",
    revision: 1,
    software_version: "8.2.1",
  };
  const vins = [VIN, "LSVAA4182E2000002", "LSVAA4182E2000003"];
  await clickhouse.store.insertRows(
    "vehicles",
    vins.map((vin) => ({ ...vehicle, vin, region: "north", goodwill_until: "2030-01-01" })),
    { token: "v" },
  );
  const quality = { vin: VIN, family: "quality", samples: 1, computed_at: "2026-01-03T00:00:00.000Z" };
  await clickhouse.store.insertRows(
    "daily_features",
    ["2026-01-01", "2026-01-02"].map((day, i) => ({ ...quality, day, features: { bmsSoftware: 41 + i } })),
    { token: "q" },
  );
  api = await createApi({
    db,
    store: clickhouse.store,
    config: alertsConfigSchema.parse({}),
    logger,
    metrics: createMetrics(),
    now: () => nowMs,
  });
  keys.staff = await createApiKey(db, { role: "service", name: "desk" });
  for (const id of ["big", "cells", "tyres"]) keys[id] = await createApiKey(db, { role: "dealer", name: id, dealerId: id });
});
afterAll(async () => {
  await api?.close();
  await Promise.all([postgres.close(), clickhouse.close()]);
});

const handle = (changes: Partial<Finding> = {}) =>
  handleRecord(
    { value: Buffer.from(JSON.stringify(exampleFinding(changes))) },
    {
      db: postgres.db,
      store: clickhouse.store,
      advice,
      limitsOf,
      coolDownMs: HOUR_MS,
      acceptance,
      holdout: { share: 0, salt: "s" },
      now: () => nowMs,
    },
  );
const tick = () =>
  runTimers({ db: postgres.db, store: clickhouse.store, advice, limitsOf, coolDownMs: HOUR_MS, acceptance, now: () => nowMs });
const headers = (who: string) => ({ "x-api-key": keys[who] ?? "" });
const get = (url: string, who: string) => api.inject({ url, headers: headers(who) });
const post = (url: string, who: string, payload: object = {}) => api.inject({ method: "POST", url, payload, headers: headers(who) });
const leadOf = async (vin: string) => leadPageSchema.parse((await get(`/v1/leads?vin=${vin}`, "staff")).json()).items[0];
const eventRow = z.object({ event: z.string(), dealer_id: z.string().nullable(), actor: z.string() });
const events = (leadId: string) =>
  postgres.db.query("SELECT event, dealer_id, actor FROM lead_events WHERE lead_id = $1 ORDER BY seq", [leadId], eventRow);

test("a car without its own dealer goes to the best of its region; not accepted in time, to the next, and then staff see it", async () => {
  await handle({ lastSeen: "2026-01-10T11:00:00.000Z" });
  const lead = await leadOf(VIN);
  expect(lead).toMatchObject({ dealerId: "cells", acceptBy: "2026-01-11T12:00:00.000Z", isSafety: false });
  const id = lead?.id ?? "";
  expect(leadSchema.parse((await get(`/v1/leads/${id}`, "cells")).json()).context.fallbackDealerId).toBe("big");
  await tick();
  expect((await leadOf(VIN))?.dealerId).toBe("cells");
  nowMs += 25 * HOUR_MS;
  await Promise.all([tick(), tick()]);
  expect((await leadOf(VIN))?.dealerId).toBe("big");
  expect((await get(`/v1/leads/${id}`, "cells")).statusCode).toBe(404);
  expect((await get(`/v1/leads/${id}`, "big")).statusCode).toBe(200);
  nowMs += 25 * HOUR_MS;
  await tick();
  await tick();
  expect(leadSchema.parse((await get(`/v1/leads/${id}`, "staff")).json())).toMatchObject({
    dealerId: "big",
    escalatedAt: new Date(nowMs).toISOString(),
  });
  expect(await events(id)).toMatchObject([
    { event: "offered", dealer_id: "cells" },
    { event: "rerouted", dealer_id: "big", actor: "clock" },
    { event: "overdue", dealer_id: "big" },
  ]);
  const told = await postgres.db.query(
    "SELECT dealer_id FROM notifications WHERE audience = 'dealer' ORDER BY created_at",
    [],
    z.object({ dealer_id: z.string() }),
  );
  expect(told).toEqual([{ dealer_id: "cells" }, { dealer_id: "big" }]);
});

test("the owner's own dealer comes first, and danger has a shorter clock", async () => {
  await saveContact(postgres.db, {
    vin: "LSVAA4182E2000002",
    name: "A. Owner",
    language: "en",
    channel: "log",
    address: "owner@example.org",
    timeZone: "UTC",
    dealerId: "tyres",
    consent: { textVersion: "1", at: "2026-01-01T00:00:00.000Z" },
  });
  await handle({ id: "f-2", vin: "LSVAA4182E2000002", severity: "critical" });
  expect(await leadOf("LSVAA4182E2000002")).toMatchObject({
    dealerId: "tyres",
    isSafety: true,
    acceptBy: new Date(nowMs + 2 * HOUR_MS).toISOString(),
  });
});

test("progress goes forward only, accepts on the way, survives repeats, and is not moved by the clock", async () => {
  const id = (await leadOf("LSVAA4182E2000002"))?.id ?? "";
  const bookedFor = "2026-01-20T09:00:00.000Z";
  expect((await post(`/v1/leads/${id}/progress`, "big", { state: "contacted" })).statusCode).toBe(404);
  expect((await post(`/v1/leads/${id}/progress`, "tyres", { state: "contacted" })).json()).toMatchObject({
    state: "contacted",
    alertState: "acknowledged",
  });
  expect((await post(`/v1/leads/${id}/progress`, "tyres", { state: "booked", bookedFor })).json()).toMatchObject({
    state: "booked",
    bookedFor,
  });
  expect((await post(`/v1/leads/${id}/progress`, "tyres", { state: "contacted" })).statusCode).toBe(409);
  expect((await post(`/v1/leads/${id}/accept`, "tyres")).json()).toMatchObject({ state: "booked" });
  expect((await post(`/v1/leads/${id}/progress`, "tyres", { state: "in_service" })).statusCode).toBe(200);
  expect((await post(`/v1/leads/${id}/progress`, "tyres", { state: "in_service" })).statusCode).toBe(200);
  nowMs += 100 * HOUR_MS;
  await tick();
  expect((await leadOf("LSVAA4182E2000002"))?.dealerId).toBe("tyres");
  expect((await events(id)).map(({ event }) => event)).toEqual(["offered", "contacted", "booked", "in_service"]);
});

test("name and address need the owner's consent to be called, and every reading is on record", async () => {
  const id = (await leadOf("LSVAA4182E2000002"))?.id ?? "";
  expect((await get(`/v1/leads/${id}/contact`, "tyres")).statusCode).toBe(403);
  const entry = {
    vin: "LSVAA4182E2000002",
    purpose: "dealer_contact",
    given: true,
    textVersion: "d-3",
    proof: "form",
    recordedBy: "desk",
  } as const;
  await recordConsent(postgres.db, { ...entry, atMs: nowMs });
  expect((await get(`/v1/leads/${id}/contact`, "big")).statusCode).toBe(404);
  expect((await get(`/v1/leads/${id}/contact`, "tyres")).json()).toMatchObject({ address: "owner@example.org", consentTextVersion: "d-3" });
  expect((await get(`/v1/leads/${id}`, "tyres")).json().context.contact.mayContact).toBe(true);
  expect((await get(`/v1/leads/${id}`, "tyres")).body).not.toContain("owner@example.org");
  const reads = await postgres.db.query("SELECT actor, why FROM personal_reads", [], z.object({ actor: z.string(), why: z.string() }));
  expect(reads).toEqual([{ actor: "dealer:tyres", why: `lead ${id}` }]);
});

test("windows come from the calendar where somebody trained is there; a workshop with nobody trained is passed over", async () => {
  const vin = "LSVAA4182E2000009";
  await clickhouse.store.insertRows(
    "vehicles",
    [{ vin, model: "EV 1", chemistry: "NMC", nominal_ah: 150, cells: 96, built_on: "2020-05-01", region: "south", revision: 1 }],
    { token: "v9" },
  );
  const slot = (hours: number, trained: object) => ({
    startsAt: new Date(nowMs + hours * HOUR_MS).toISOString(),
    endsAt: new Date(nowMs + (hours + 1) * HOUR_MS).toISOString(),
    ...{ bays: 2, technicians: 2, trained },
  });
  const slots = [slot(24, { tyre: 2 }), slot(25, { battery_cell: 1 }), slot(26, {})];
  expect((await post("/v1/dealers/south/calendar", "staff", { slots })).statusCode).toBe(200);
  await handle({ id: "f-9", vin });
  const lead = await leadOf(vin);
  expect(lead?.dealerId).toBe("south");
  const { appointments } = leadSchema.parse((await get(`/v1/leads/${lead?.id}`, "staff")).json()).context;
  expect(appointments).toMatchObject([{ startsAt: slots[1]?.startsAt, free: 1 }]);
  expect((await post("/v1/dealers/south/calendar", "staff", { slots: [slot(24, { tyre: 1 }), slot(26, {})] })).statusCode).toBe(200);
  await handle({ id: "f-10", vin, component: "brake" });
  const unrouted = leadPageSchema.parse((await get(`/v1/leads?vin=${vin}`, "staff")).json()).items;
  expect(unrouted.map(({ component, dealerId }) => [component, dealerId])).toContainEqual(["brake", null]);
});

test("a lead says when the limit may be reached, and is due before that", async () => {
  const vin = "LSVAA4182E2000077";
  const { evidence, lastSeen } = exampleFinding();
  const readings = { days_to_limit: 4, days_to_limit_earliest: 2, days_to_limit_latest: null };
  await handle({ id: "f-limit", vin, component: "tyre", evidence: { ...evidence, readings } });
  const lead = leadSchema.parse((await get(`/v1/leads/${(await leadOf(vin))?.id}`, "staff")).json());
  const daysAfter = (days: number) => new Date(Date.parse(lastSeen) + days * 24 * HOUR_MS).toISOString();
  expect(lead.context.limitReached).toEqual({ earliest: daysAfter(2), central: daysAfter(4), latest: null });
  expect(lead.actBy).toBe(daysAfter(2));
});

test("a lead shows how often its rule was wrong, the car's history and no word about a comparison group", async () => {
  const label = { component: "battery_cell", given_by: "d", note: "", revision: 1, alert_id: null, source_id: "abnormal-cell" };
  const labels = Array.from({ length: 10 }, (_, i) => ({
    ...label,
    id: `l-${i}`,
    vin: i === 0 ? VIN : "OTHER",
    outcome: i < 2 ? "no_fault_found" : "confirmed",
    at: `2025-12-0${(i % 9) + 1}T00:00:00.000Z`,
  }));
  await clickhouse.store.insertRows("labels", labels, { token: "labels" });
  // The tally of verdicts is at most a minute old.
  nowMs += 60_000;
  const response = await get(`/v1/leads/${(await leadOf(VIN))?.id}`, "big");
  const { context } = leadSchema.parse(response.json());
  expect(context.trackRecord).toMatchObject([
    { sourceId: "abnormal-cell", verdicts: 10, falseAlarms: 2, falseAlarmShare: 0.2, confidence: 0.8 },
  ]);
  expect(context.trackRecord[0]?.low).toBeLessThan(0.1);
  expect(context.visits).toMatchObject([{ outcome: "no_fault_found" }]);
  expect(context.vehicle).toEqual({
    model: "EV 1",
    builtOn: "2020-05-01",
    region: "north",
    softwareVersion: "8.2.1",
    batterySoftware: { version: 42, day: "2026-01-02" },
  });
  expect(context.trackRecord[0]?.title?.en).toMatch(/cell/i);
  expect(context.evidenceSha256).toMatch(/^[0-9a-f]{64}$/);
  expect(response.body).not.toMatch(/holdout|held|control group/i);
});

test("a lead says which parts confirmed visits took, whose warranty it is and which recall pays; what nobody told is null", async () => {
  const id = (await leadOf(VIN))?.id ?? "";
  const read = async () => leadSchema.parse((await get(`/v1/leads/${id}`, "big")).json()).context;
  const before = await read();
  expect(before.warranty).toEqual({
    status: null,
    until: null,
    sohLimitPct: null,
    recall: null,
    goodwill: "open",
    goodwillUntil: "2030-01-01",
    payer: null,
    recalls: null,
  });
  expect(before.partsNeeded.every(({ probability, basis }) => probability === null && basis === "unknown")).toBe(true);
  const csv = `campaign,vin,component,title,state,openedOn\r\nR-7,${VIN},battery_cell,Cell module bolts,open,2026-01-01\r\nR-8,${VIN},wing,x,open,2026-01-01\r\n`;
  const payload = { csv };
  const saved = await post("/v1/recalls", "staff", payload);
  expect(saved.json()).toMatchObject({ recorded: 1, rejected: [{ row: 2 }] });
  expect((await read()).warranty).toMatchObject({ recall: "open", payer: "maker", recalls: [{ campaign: "R-7" }] });
});

test("changes of leads are posted signed, to whoever asked and for his dealer only", async () => {
  const received: { type: string; data: { event: string; vin: string } }[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const signed = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => [name, String(request.headers[name])]);
    new Webhook(SECRET).verify(body, Object.fromEntries(signed));
    received.push(JSON.parse(body));
    response.writeHead(204).end();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/leads`;
  expect((await post("/v1/lead-webhooks", "staff", { dealerId: "cells", url })).statusCode).toBe(200);
  const other = await post("/v1/lead-webhooks", "staff", { dealerId: "tyres", url });
  expect((await post(`/v1/lead-webhooks/${other.json().id}/end`, "staff")).statusCode).toBe(200);
  await handle({ id: "f-3", vin: "LSVAA4182E2000003" });
  const id = (await leadOf("LSVAA4182E2000003"))?.id ?? "";
  await post(`/v1/leads/${id}/accept`, "cells");
  await post(`/v1/leads/${id}/close`, "cells", {
    outcome: "confirmed",
    partsUsed: ["Cell module"],
    operationsDone: "Measure; Replace module",
  });
  const work = z.object({ parts: z.array(z.string()), operations: z.array(z.string()) });
  expect(await postgres.db.query("SELECT parts_used AS parts, operations_done AS operations FROM leads WHERE id = $1", [id], work)).toEqual(
    [{ parts: ["Cell module"], operations: ["Measure", "Replace module"] }],
  );
  const options = { batch: 50, leaseMs: 60_000, attempts: 2, baseMs: 0, maxMs: 0, timeoutMs: 2000 };
  const webhooks = { secret: SECRET, mayCallPrivate: true, now: Date.now };
  const deps = {
    db: postgres.db,
    store: clickhouse.store,
    channels: new Map(),
    options,
    webhooks,
    name: "t",
    now: () => nowMs,
    random: () => 0,
  };
  while ((await sendDue(deps, new AbortController().signal)) > 0);
  server.close();
  expect(received.map(({ type, data }) => `${type} ${data.event} ${data.vin.at(-1)}`)).toEqual([
    "bellwether.lead offered 3",
    "bellwether.lead accepted 3",
    "bellwether.lead closed 3",
  ]);
});

test("a dealer exports its own leads as CSV and one as ADF", async () => {
  const csv = await get("/v1/leads.csv", "tyres");
  expect(csv.headers["content-type"]).toContain("text/csv");
  expect(csv.body.trim().split("\r\n")).toHaveLength(2);
  expect(csv.body).toContain("LSVAA4182E2000002");
  const id = (await leadOf("LSVAA4182E2000002"))?.id ?? "";
  const adf = await get(`/v1/leads/${id}/adf`, "tyres");
  expect(adf.headers["content-type"]).toContain("application/xml");
  expect(adf.body).toContain("<vin>LSVAA4182E2000002</vin>");
  expect(adf.body).not.toContain("owner@example.org");
  expect((await get(`/v1/leads/${id}/adf`, "big")).statusCode).toBe(404);
});
