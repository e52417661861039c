import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { openTestPostgres, type TestPostgres } from "@bellwether/postgres/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import type { Outgoing } from "../channels/channel.ts";
import { sendDue } from "../delivery/sender.ts";
import { recordConsent } from "../owners/consents.ts";
import { sendDigests } from "../owners/digest.ts";
import { actForOwner } from "../owners/ownerActions.ts";
import { savePreferences } from "../owners/preferences.ts";
import { saveContact } from "../routing/people.ts";
import { loadCarePlan } from "./carePlan.ts";
import { careDue } from "./careTimer.ts";

const VIN = "LSVAA4182E2000001";
const DAY_MS = 86_400_000;
/** 12:00 in Shanghai. */
const NOON = Date.parse("2027-05-01T04:00:00.000Z");
const NO_WISHES = {
  quietFromMin: null,
  quietToMin: null,
  maxPerMonth: null,
  digestAtMin: null,
  fallbackChannel: null,
  fallbackAddress: null,
};
const limitsOf = () => ({ titleChars: 100, bodyChars: 2000 });
let postgres: TestPostgres;
let clickhouse: TestStore;
let nowMs = NOON;

beforeAll(async () => {
  [postgres, clickhouse] = await Promise.all([openTestPostgres(), openTestStore()]);
  const rows = Array.from({ length: 60 }, (_, i) => ({
    vin: VIN,
    day: new Date(NOON - (60 - i) * DAY_MS).toISOString().slice(0, 10),
    family: "usage",
    samples: 100,
    features: { distanceKm: 30, odometerKm: 18_000 + i * 30 },
    computed_at: new Date(NOON).toISOString(),
  }));
  await clickhouse.store.insertRows("daily_features", rows, { token: "usage" });
});
afterAll(() => Promise.all([postgres.close(), clickhouse.close()]));
beforeEach(async () => {
  nowMs = NOON;
  await postgres.db.transaction(async (tx) => {
    await tx.execute("SET LOCAL session_replication_role = replica");
    await tx.execute(
      "TRUNCATE notifications, outbox, consents, owner_preferences, owner_actions, vehicle_contacts, care_notices, care_looks, maintenance_done CASCADE",
    );
  });
  const owner = { name: "A. Owner", language: "en", channel: "chat", address: "owner", timeZone: "Asia/Shanghai", dealerId: null } as const;
  await saveContact(postgres.db, { vin: VIN, ...owner, consent: { textVersion: "v1", at: "2027-01-01T00:00:00.000Z" } });
});

const consentTo = (given: boolean) =>
  postgres.db.transaction((tx) =>
    recordConsent(tx, { vin: VIN, purpose: "care", given, textVersion: "care-1", atMs: nowMs, proof: "form", recordedBy: "desk" }),
  );
const look = async () => careDue({ db: postgres.db, store: clickhouse.store, limitsOf, now: () => nowMs }, await loadCarePlan());
async function send(answer: "sent" | "failed" = "sent"): Promise<readonly Outgoing[]> {
  const sent: Outgoing[] = [];
  const channel = (isGood: boolean) => ({
    limits: limitsOf(),
    send: async (message: Outgoing) => {
      if (!isGood) return { kind: "failed", retryable: false, reason: "rejected", detail: "no" } as const;
      sent.push(message);
      return { kind: "sent", providerId: message.id } as const;
    },
    close: async () => {},
  });
  const deps = {
    db: postgres.db,
    store: clickhouse.store,
    channels: new Map([
      ["chat", channel(answer === "sent")],
      ["sms", channel(true)],
    ]),
    options: { batch: 50, leaseMs: 60_000, attempts: 2, baseMs: 0, maxMs: 0, timeoutMs: 1000 },
    links: { publicUrl: "https://cars.example", secret: "a secret of the tests that is long enough", ttlMs: DAY_MS },
    name: "test",
    now: () => nowMs,
    random: () => 0,
  };
  while ((await sendDue(deps, new AbortController().signal)) > 0);
  return sent;
}

test("nobody without consent to care, however much he agreed to service", async () => {
  expect(await look()).toBe(0);
  expect(await send()).toEqual([]);
});

test("an interval is told once, rests on its own consent, and has links to say it is done or to stop it", async () => {
  await consentTo(true);
  expect(await look()).toBe(1);
  const [message] = await send();
  expect(message).toMatchObject({ reason: "care", title: "Inspection is due", severity: "info" });
  expect(message?.body).toContain("Due at 20,000 km");
  expect(message?.body.match(/actions\/(\w+)/g)).toEqual(["actions/done", "actions/stop"]);
  for (let day = 1; day < 5; day++) {
    nowMs += DAY_MS;
    expect(await look()).toBe(0);
  }
  const row = z.object({ version: z.string() });
  expect(await postgres.db.query("SELECT consent_text_version AS version FROM notifications", [], row)).toEqual([{ version: "care-1" }]);
});

test("'already done' starts the next interval; 'stop' ends care at once and service stays", async () => {
  await consentTo(true);
  await look();
  const [message] = await send();
  expect(await actForOwner(postgres.db, message?.id ?? "", "done", nowMs)).toBe("done");
  const done = z.object({ item: z.string(), km: z.number() });
  expect(await postgres.db.query("SELECT item, odometer_km AS km FROM maintenance_done", [], done)).toMatchObject([{ item: "inspection" }]);
  nowMs += DAY_MS;
  expect(await look()).toBe(0);
  await actForOwner(postgres.db, message?.id ?? "", "stop", nowMs);
  nowMs += DAY_MS;
  expect(await look()).toBe(0);
  const contact = z.object({ consent: z.boolean() });
  expect(await postgres.db.query("SELECT consent FROM vehicle_contacts", [], contact)).toEqual([{ consent: true }]);
});

test("a workshop's routine visit starts the next interval by its odometer, and by time alone without one", async () => {
  await consentTo(true);
  const visit = (id: string, odometerKm: number | null) =>
    postgres.db.execute(
      `INSERT INTO repair_orders (id, vin, component, cause, outcome, at, recorded_by, recorded_at, odometer_km)
       VALUES ($1, $2, 'vehicle', 'routine', 'confirmed', $3, 'w', $3, $4)`,
      [id, VIN, new Date(NOON - 60 * DAY_MS).toISOString(), odometerKm],
    );
  await visit("without", null);
  expect(await look()).toBe(0);
  await postgres.db.execute("DELETE FROM repair_orders");
  await visit("with", 200);
  nowMs += DAY_MS;
  expect(await look()).toBe(1);
  expect((await send())[0]?.body).toContain("20,200 km");
  await postgres.db.execute("DELETE FROM repair_orders");
});

test("an opt-out between intention and sending holds, also when the row is being written by a sender", async () => {
  await consentTo(true);
  await look();
  nowMs += 1;
  await consentTo(false);
  expect(await send()).toEqual([]);
  await postgres.db.execute("UPDATE outbox SET state = 'due', finished_at = NULL");
  expect(await send()).toEqual([]);
});

test("quiet hours hold it, the month's limit puts it off, and the second channel takes it over", async () => {
  await consentTo(true);
  await savePreferences(postgres.db, VIN, { ...NO_WISHES, maxPerMonth: 0 }, nowMs);
  expect(await look()).toBe(0);
  nowMs += DAY_MS;
  const wishes = { ...NO_WISHES, quietFromMin: 11 * 60, quietToMin: 13 * 60, fallbackChannel: "sms", fallbackAddress: "+86" };
  await savePreferences(postgres.db, VIN, wishes, nowMs);
  expect(await look()).toBe(1);
  expect(await send()).toEqual([]);
  nowMs += 3_600_000;
  expect(await send("failed")).toMatchObject([{ reason: "care", address: "+86" }]);
});

test("it waits for the digest, apart from what rests on another consent", async () => {
  await consentTo(true);
  await savePreferences(postgres.db, VIN, { ...NO_WISHES, digestAtMin: 18 * 60 }, nowMs);
  expect(await look()).toBe(1);
  expect(await send()).toEqual([]);
  nowMs += 7 * 3_600_000;
  await sendDigests(postgres.db, () => nowMs);
  expect(await send()).toMatchObject([{ reason: "care" }]);
});
