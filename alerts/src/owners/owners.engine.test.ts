import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import type { Finding } from "@bellwether/contracts/finding";
import { openTestPostgres, type TestPostgres } from "@bellwether/postgres/testing";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { closeLead } from "../alert/decisions.ts";
import { createApi } from "../api/createApi.ts";
import type { Outgoing } from "../channels/channel.ts";
import { alertsConfigSchema } from "../config.ts";
import type { Delivery } from "../delivery/delivery.ts";
import { type SenderDeps, sendDue } from "../delivery/sender.ts";
import { handleRecord } from "../pipeline.ts";
import { saveContact, saveDealer } from "../routing/people.ts";
import { createSilence, endSilence } from "../routing/silences.ts";
import { exampleFinding, minutesLater } from "../testing/findings.ts";
import { runTimers } from "../timers.ts";
import { recordConsent } from "./consents.ts";
import { type Preferences, savePreferences } from "./preferences.ts";

const VIN = "LSVAA4182E2000001";
const DAY_MS = 86_400_000;
/** 12:00 in Shanghai on the day of the example finding. */
const NOON = Date.parse("2019-07-17T04:00:00.000Z");
const SECRET = "a secret of the tests that is long enough";
const NO_WISHES: Preferences = {
  quietFromMin: null,
  quietToMin: null,
  maxPerMonth: null,
  digestAtMin: null,
  fallbackChannel: null,
  fallbackAddress: null,
};
const advice = { findAdvice: () => null };
let postgres: TestPostgres;
let clickhouse: TestStore;
let nowMs = NOON;
let sent: Outgoing[] = [];

beforeAll(async () => {
  [postgres, clickhouse] = await Promise.all([openTestPostgres(), openTestStore()]);
});
afterAll(() => Promise.all([postgres.close(), clickhouse.close()]));
beforeEach(async () => {
  nowMs = NOON;
  sent = [];
  await postgres.db.transaction(async (tx) => {
    await tx.execute("SET LOCAL session_replication_role = replica");
    await tx.execute(
      `TRUNCATE alert_transitions, alert_findings, notifications, outbox, lead_events, leads, alerts, vehicle_contacts, dealers, silences, consents,
         snoozes, owner_actions, owner_preferences CASCADE`,
    );
  });
  await saveDealer(postgres.db, { id: "d-1", name: "North", language: "en", channel: "chat", address: "north", timeZone: "UTC" });
  await saveOwner("2019-01-01T00:00:00.000Z");
});

const saveOwner = (at: string) =>
  saveContact(postgres.db, {
    vin: VIN,
    name: "A. Owner",
    language: "en",
    channel: "chat",
    address: "owner",
    timeZone: "Asia/Shanghai",
    dealerId: "d-1",
    consent: { textVersion: "v1", at },
  });
const limitsOf = () => ({ titleChars: 100, bodyChars: 2000 });
const handle = (changes: Partial<Finding> = {}) =>
  handleRecord(
    { value: Buffer.from(JSON.stringify(exampleFinding(changes))) },
    {
      db: postgres.db,
      store: clickhouse.store,
      advice,
      limitsOf,
      coolDownMs: 14 * DAY_MS,
      acceptance: { usualMs: DAY_MS, safetyMs: DAY_MS },
      holdout: { share: 0, salt: "s" },
      now: () => nowMs,
    },
  );
const tick = () =>
  runTimers({
    db: postgres.db,
    store: clickhouse.store,
    advice,
    limitsOf,
    coolDownMs: 14 * DAY_MS,
    acceptance: { usualMs: DAY_MS, safetyMs: DAY_MS },
    now: () => nowMs,
  });

async function send(answer: (message: Outgoing) => Delivery = ({ id }) => ({ kind: "sent", providerId: id })): Promise<readonly string[]> {
  const before = sent.length;
  const channel = (name: string) => ({
    limits: limitsOf(),
    send: async (message: Outgoing) => {
      const delivery = answer({ ...message, address: `${name}:${message.address}` });
      if (delivery.kind === "sent") sent.push(message);
      return delivery;
    },
    close: async () => {},
  });
  const deps: SenderDeps = {
    db: postgres.db,
    store: clickhouse.store,
    channels: new Map(["chat", "log", "sms"].map((name) => [name, channel(name)])),
    options: { batch: 50, leaseMs: 60_000, attempts: 2, baseMs: 0, maxMs: 0, timeoutMs: 1000 },
    links: { publicUrl: "https://cars.example", secret: SECRET, ttlMs: DAY_MS },
    name: "test",
    now: () => nowMs,
    random: () => 0,
  };
  while ((await sendDue(deps, new AbortController().signal)) > 0);
  return sent
    .slice(before)
    .filter(({ audience }) => audience === "owner")
    .map(({ reason }) => reason);
}

const noteRow = z.object({ action: z.string(), note: z.string() });
const notes = () => postgres.db.query("SELECT action, note FROM alert_transitions ORDER BY id", [], noteRow);
const rowOf = z.object({ state: z.string(), why: z.string().nullable(), withheld: z.string().nullable(), passed: z.string() });
const ownerRows = () =>
  postgres.db.query(
    `SELECT o.state, o.failure_detail AS why, n.withheld_reason AS withheld, n.passed FROM notifications n JOIN outbox o USING (id)
     WHERE audience = 'owner' ORDER BY o.seq`,
    [],
    rowOf,
  );

test("a silence keeps an alert quiet without a lead, is named in the audit, and its end lets the next sighting speak", async () => {
  const about = { vin: VIN, component: null, ruleId: "abnormal-cell", reason: "bench test", actor: "analyst:Ana" };
  const made = await createSilence(postgres.db, { ...about, fromMs: NOON - DAY_MS, untilMs: NOON + 9 * DAY_MS }, nowMs);
  await handle();
  expect(await send()).toEqual([]);
  expect(await notes()).toEqual([{ action: "opened", note: `owner not told: silence:${made?.id}` }]);
  expect(await postgres.db.query("SELECT 1 AS one FROM leads", [], z.unknown())).toEqual([]);
  await endSilence(postgres.db, made?.id ?? "", "analyst:Ana", Date.parse(minutesLater(1)));
  await handle({ lastSeen: minutesLater(5) });
  expect(await send()).toEqual(["first"]);
  await expect(postgres.db.execute("DELETE FROM silences")).rejects.toThrow("append-only");
});

test("a critical alert silences its symptoms on the same vehicle only, and danger passes every silence", async () => {
  await createSilence(
    postgres.db,
    { vin: VIN, component: null, ruleId: null, reason: "all quiet", actor: "a", fromMs: NOON - DAY_MS, untilMs: NOON + DAY_MS },
    nowMs,
  );
  await handle({ id: "hot", component: "battery_thermal", severity: "critical" });
  expect(await send()).toEqual(["first"]);
  await handle({ id: "cell", component: "battery_cell", lastSeen: minutesLater(2000) });
  expect(await send()).toEqual([]);
  expect((await notes()).at(-1)?.note).toMatch(/^owner not told: inhibited:al-/);
  await handle({ id: "tyre", component: "tyre", lastSeen: minutesLater(2001) });
  expect(await send()).toEqual(["first"]);
});

test("quiet hours hold a message until the owner's morning, and danger does not wait", async () => {
  await savePreferences(postgres.db, VIN, { ...NO_WISHES, quietFromMin: 22 * 60, quietToMin: 7 * 60 }, nowMs);
  nowMs = Date.parse("2019-07-17T15:00:00.000Z");
  await handle();
  expect(await send()).toEqual([]);
  await handle({ id: "f-2", component: "drive", severity: "critical" });
  expect(await send()).toEqual(["first"]);
  expect((await ownerRows()).map(({ passed }) => passed)).toEqual(["", "quiet_hours"]);
  nowMs = Date.parse("2019-07-17T23:00:00.000Z");
  expect(await send()).toEqual(["first"]);
});

test("what still waits for the morning is dropped when it is over, and never holds up danger", async () => {
  await savePreferences(postgres.db, VIN, { ...NO_WISHES, quietFromMin: 22 * 60, quietToMin: 7 * 60 }, nowMs);
  nowMs = Date.parse("2019-07-17T15:00:00.000Z");
  await handle();
  await handle({ state: "cleared", lastSeen: minutesLater(5) });
  expect((await ownerRows()).map(({ state, why }) => [state, why])).toEqual([["cancelled", "over"]]);
  await handle({ id: "f-2", component: "drive" });
  await handle({ id: "f-2", component: "drive", severity: "critical", lastSeen: minutesLater(6) });
  expect(await send()).toEqual(["escalated"]);
  nowMs += DAY_MS;
  expect(await send()).toEqual([]);
});

test("an opt-out between intention and sending stops the message, and an old consent imported again does not undo it", async () => {
  await handle();
  const entry = { vin: VIN, purpose: "service", given: false, textVersion: "v1", proof: "call 17", recordedBy: "service:desk" } as const;
  await recordConsent(postgres.db, { ...entry, atMs: nowMs });
  expect(await send()).toEqual([]);
  expect(await ownerRows()).toMatchObject([{ state: "cancelled", why: "opted_out" }]);
  await saveOwner("2019-01-01T00:00:00.000Z");
  await handle({ id: "f-2", component: "tyre" });
  expect(await send()).toEqual(["first"]);
  expect((await ownerRows()).at(-1)).toMatchObject({ withheld: "no_consent" });
  await handle({ id: "f-3", component: "drive", severity: "critical" });
  expect((await ownerRows()).at(-1)).toMatchObject({ withheld: null, passed: "no_consent" });
  expect(await send()).toEqual(["first"]);
  await expect(postgres.db.execute("DELETE FROM consents")).rejects.toThrow("append-only");
});

test("consent that goes after the sender's first attempt is seen before the second", async () => {
  await handle();
  const isDown = { kind: "failed", retryable: true, reason: "unavailable", detail: "" } as const;
  let calls = 0;
  await send(({ audience }) => {
    if (audience === "owner") calls++;
    return calls === 1 && audience === "owner" ? isDown : { kind: "sent", providerId: "p" };
  });
  expect(calls).toBe(2);
  sent = [];
  await handle({ id: "f-2", component: "tyre" });
  await postgres.db.execute("UPDATE outbox SET attempts = 1 WHERE state = 'due'");
  await postgres.db.execute("UPDATE vehicle_contacts SET consent = false");
  expect(await send()).toEqual([]);
  expect((await ownerRows()).at(-1)).toMatchObject({ state: "cancelled", why: "opted_out" });
});

test("the fifth message of a month is withheld, by event time and whatever the number of replays", async () => {
  for (const [i, component] of (["tyre", "brake", "drive", "charging", "sensor"] as const).entries()) {
    await handle({ id: `f-${i}`, component });
  }
  expect((await ownerRows()).map(({ withheld }) => withheld)).toEqual([null, null, null, null, "monthly_cap"]);
  const nextMonth = "2019-08-02T08:00:00.000Z";
  await handle({ id: "f-9", component: "aux_battery", firstSeen: nextMonth, lastSeen: nextMonth });
  expect((await ownerRows()).at(-1)?.withheld).toBeNull();
});

test("a digest gathers what can wait into one message; a single one leaves as it is", async () => {
  await savePreferences(postgres.db, VIN, { ...NO_WISHES, digestAtMin: 18 * 60 }, nowMs);
  await handle();
  await handle({ id: "f-2", component: "tyre" });
  await tick();
  expect(await send()).toEqual([]);
  nowMs = Date.parse("2019-07-17T10:00:01.000Z");
  await Promise.all([tick(), tick()]);
  expect(await send()).toEqual(["digest"]);
  const digest = sent.find(({ reason }) => reason === "digest");
  expect(digest?.title).toBe("2 things about your car");
  expect(digest?.body).toContain("1. Check the battery cell");
  await handle({ id: "f-3", component: "brake" });
  nowMs += DAY_MS;
  await tick();
  expect(await send()).toEqual(["first"]);
});

test("one reminder before the date, none after it and none for what is snoozed", async () => {
  await handle();
  await send();
  await tick();
  expect(await send()).toEqual([]);
  nowMs = NOON + 4.5 * DAY_MS;
  await Promise.all([tick(), tick()]);
  await tick();
  expect(await send()).toEqual(["reminder"]);
  expect(sent.at(-1)?.body).toContain("Please have it looked at by 24 July 2019.");
  await handle({ id: "old", component: "tyre" });
  nowMs = NOON + 400 * DAY_MS;
  await tick();
  expect((await send()).filter((reason) => reason === "reminder")).toEqual([]);
});

test("a repair order takes back what the owner was told, once; what had not left is cancelled", async () => {
  await handle();
  await send();
  const [lead] = await postgres.db.query("SELECT id FROM leads", [], z.object({ id: z.string() }));
  const close = { actor: "dealer:North", note: "", nowMs: NOON + DAY_MS, outcome: "confirmed" } as const;
  await closeLead(postgres.db, lead?.id ?? "", close);
  await closeLead(postgres.db, lead?.id ?? "", close);
  nowMs = NOON + DAY_MS;
  expect(await send()).toEqual(["withdrawn"]);
  expect(sent.at(-1)).toMatchObject({ title: "Settled: Check the battery cell" });
  expect(sent.at(-1)?.body).toContain("Our earlier message no longer applies");
});

test("a message that cannot be delivered goes out once on the second channel", async () => {
  await savePreferences(postgres.db, VIN, { ...NO_WISHES, fallbackChannel: "sms", fallbackAddress: "+8613800000000" }, nowMs);
  await handle();
  const refused = { kind: "failed", retryable: false, reason: "rejected", detail: "" } as const;
  await send(({ address, audience }) =>
    audience === "owner" && address.startsWith("chat:") ? refused : { kind: "sent", providerId: "p" },
  );
  expect((await ownerRows()).map(({ state }) => state)).toEqual(["dead", "sent"]);
  expect(sent.filter(({ audience }) => audience === "owner")).toMatchObject([{ address: "+8613800000000" }]);
});

test("links: opening one changes nothing, its button acts once, and they end, cannot be forged, and are kept nowhere", async () => {
  const config = alertsConfigSchema.parse({ ownerLinkUrl: "https://cars.example/", ownerLinkSecret: SECRET });
  const logger = createLogger({ service: "api", level: "silent" });
  const api = await createApi({ db: postgres.db, store: clickhouse.store, config, logger, metrics: createMetrics(), now: () => nowMs });
  await handle();
  await send();
  const tokens = [...(sent.find(({ audience }) => audience === "owner")?.body ?? "").matchAll(/https:\/\/cars\.example(\S+)/g)].map(
    ([, path]) => path ?? "",
  );
  expect(tokens.map((path) => path.split(".")[0]?.split("/").at(-1))).toEqual(["book", "done", "snooze", "stop"]);
  const [book = "", , snooze = "", stop = ""] = tokens;
  const opened = await api.inject({ url: stop });
  expect(opened.statusCode).toBe(200);
  expect(opened.body).toContain("<button>Stop these messages</button>");
  const actions = () => postgres.db.query("SELECT action FROM owner_actions ORDER BY at, action", [], z.object({ action: z.string() }));
  expect(await actions()).toEqual([]);
  const press = (url: string) =>
    api.inject({ method: "POST", url, payload: "", headers: { "content-type": "application/x-www-form-urlencoded" } });
  for (const url of [book, book, snooze]) expect((await press(url)).statusCode).toBe(200);
  expect(await actions()).toEqual([{ action: "book" }, { action: "snooze" }]);
  nowMs = NOON + 4.5 * DAY_MS;
  await tick();
  expect(await send()).toEqual([]);
  nowMs = NOON + 0.5 * DAY_MS;
  expect((await press(stop)).statusCode).toBe(200);
  expect(await postgres.db.query("SELECT consent FROM vehicle_contacts", [], z.object({ consent: z.boolean() }))).toEqual([
    { consent: false },
  ]);
  for (const forged of [
    stop.replace("stop.", "book."),
    `${stop}x`,
    "/v1/actions/nonsense",
    "/v1/actions/book.nt-1.zzzzzz.aaaaaaaaaaaaaaaaaaaaaa",
  ]) {
    expect((await press(forged)).statusCode).toBe(410);
  }
  nowMs = NOON + 2 * DAY_MS;
  expect((await press(book)).statusCode).toBe(410);
  const bodies = await postgres.db.query("SELECT body FROM notifications", [], z.object({ body: z.string() }));
  expect(bodies.some(({ body }) => body.includes("https://"))).toBe(false);
  expect((await notes()).map(({ action }) => action)).toEqual(["opened", "owner_book", "owner_snooze", "owner_stop"]);
  await api.close();
});

test("receipts come back signed, once each; a wrong signature, an unknown message and rubbish are refused", async () => {
  const secret = `whsec_${Buffer.from("another secret of the tests 32 b").toString("base64")}`;
  const config = alertsConfigSchema.parse({ receiptsSecret: secret });
  const logger = createLogger({ service: "api", level: "silent" });
  const api = await createApi({ db: postgres.db, store: clickhouse.store, config, logger, metrics: createMetrics(), now: () => nowMs });
  await handle();
  await send();
  const notificationId = sent.find(({ audience }) => audience === "owner")?.id ?? "";
  const report = (id: string, body: object, signWith = secret) => {
    const payload = JSON.stringify(body);
    const at = new Date();
    const headers = {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(signWith).sign(id, at, payload),
    };
    return api.inject({ method: "POST", url: "/v1/receipts", headers, payload });
  };
  const delivered = { notificationId, kind: "delivered", at: "2019-07-17T04:00:05.000Z" };
  expect((await report("r-1", delivered)).statusCode).toBe(204);
  expect((await report("r-1", delivered)).statusCode).toBe(204);
  expect((await report("r-2", { ...delivered, kind: "opened" })).statusCode).toBe(204);
  expect((await report("r-3", delivered, `whsec_${Buffer.from("a wrong secret of the tests 32 b").toString("base64")}`)).statusCode).toBe(
    401,
  );
  expect((await report("r-4", { ...delivered, notificationId: "nt-none" })).statusCode).toBe(404);
  expect((await report("r-5", { ...delivered, kind: "eaten" })).statusCode).toBe(400);
  expect(await postgres.db.query("SELECT kind FROM receipts ORDER BY id", [], z.object({ kind: z.string() }))).toEqual([
    { kind: "delivered" },
    { kind: "opened" },
  ]);
  await api.close();
});
