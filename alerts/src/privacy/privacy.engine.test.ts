import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { openTestPostgres, type TestPostgres } from "@bellwether/postgres/testing";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { acknowledgeAlert } from "../alert/decisions.ts";
import type { ApiApp } from "../api/context.ts";
import { createApi } from "../api/createApi.ts";
import { alertsConfigSchema } from "../config.ts";
import { type SenderDeps, sendDue } from "../delivery/sender.ts";
import { createApiKey } from "../identity/apiKeys.ts";
import { recordConsent } from "../owners/consents.ts";
import { savePreferences } from "../owners/preferences.ts";
import { handleRecord } from "../pipeline.ts";
import { saveContact } from "../routing/people.ts";
import { exampleFinding } from "../testing/findings.ts";
import { erasePerson } from "./erasePerson.ts";
import { PERSON_TABLES } from "./exportPerson.ts";

const VIN = "LSVAA4182E2000001";
const OTHER = "LSVAA4182E2000002";
/** Texts that name the person; none may be left anywhere. */
const SECRETS = ["Erika Mustermann", "erika@example.test", "+4915112345678", "calls herself Erika"];
let postgres: TestPostgres;
let clickhouse: TestStore;
let api: ApiApp;
let admin: string;

beforeAll(async () => {
  [postgres, clickhouse] = await Promise.all([openTestPostgres(), openTestStore()]);
  const logger = createLogger({ service: "api", level: "silent" });
  const config = alertsConfigSchema.parse({});
  api = await createApi({ db: postgres.db, store: clickhouse.store, config, logger, metrics: createMetrics(), now: Date.now });
  admin = await createApiKey(postgres.db, { role: "admin", name: "privacy desk" });
  await seed(VIN, "Erika Mustermann");
  await seed(OTHER, "Somebody Else");
});
afterAll(async () => {
  await api?.close();
  await Promise.all([postgres.close(), clickhouse.close()]);
});

async function seed(vin: string, name: string): Promise<void> {
  const { db } = postgres;
  const consent = { textVersion: "2026-01", at: "2026-01-02T00:00:00.000Z" };
  const address = vin === VIN ? "erika@example.test" : "other@example.test";
  await saveContact(db, { vin, name, language: "en", channel: "held", address, timeZone: "UTC", dealerId: null, consent });
  await recordConsent(db, { vin, purpose: "dealer_contact", given: true, textVersion: "1", atMs: 1, proof: "form 1", recordedBy: "test" });
  const wishes = { quietFromMin: null, quietToMin: null, maxPerMonth: 3, digestAtMin: null };
  await savePreferences(db, vin, { ...wishes, fallbackChannel: "sms", fallbackAddress: "+4915112345678" }, Date.now());
  await createApiKey(db, { role: "owner", name, vin });
  const telemetry = { vin, event_time: "2019-07-01 00:00:00.000", received_time: "2019-07-01 00:00:01.000", format: "sample-json" };
  await clickhouse.store.insertRows("telemetry", [telemetry], { token: vin });
  const label = { id: `l-${vin}`, vin, component: "tyre", outcome: "confirmed", alert_id: null, source_id: null, given_by: "w" };
  const note = `told by ${name}`;
  const versions = [1, 2].map((revision) => ({ ...label, at: "2026-01-01T00:00:00.000Z", note, revision }));
  for (const row of versions) await clickhouse.store.insertRows("labels", [row], { token: `${vin}-${row.revision}` });
  const handled = await handleRecord(
    { value: Buffer.from(JSON.stringify(exampleFinding({ id: `f-${vin}`, vin }))) },
    {
      db,
      store: clickhouse.store,
      advice: { findAdvice: () => null },
      limitsOf: () => ({ titleChars: 99, bodyChars: 999 }),
      coolDownMs: 1000,
      acceptance: { usualMs: 1e8, safetyMs: 1e7 },
      holdout: { share: 0, salt: "s" },
      now: Date.now,
    },
  );
  if (handled.kind !== "decided") throw new Error("expected a decision");
  await acknowledgeAlert(db, handled.alertId, { actor: "analyst:Ana", note: `${name} calls herself Erika`, nowMs: Date.now() });
}

const call = (method: "GET" | "POST", url: string, payload?: object) =>
  api.inject({ method, url, headers: { authorization: `Bearer ${admin}` }, ...(payload === undefined ? {} : { payload }) });
const tableRow = z.object({ name: z.string() });

/** Every table of the schema as one text. */
async function everything(): Promise<string> {
  const { db } = postgres;
  const tables = await db.query("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'", [], tableRow);
  const notes = await clickhouse.store.query("SELECT vin, outcome, note FROM labels", z.unknown());
  const dumps = tables.map(({ name }) => db.query(`SELECT to_jsonb(t)::text AS row FROM ${name} t`, [], z.object({ row: z.string() })));
  return JSON.stringify([notes, await Promise.all(dumps)]);
}

test("every table with a VIN or a message is part of the export, or stands here with the reason why not", async () => {
  const notPersonal = {
    trial_draws: "which cars are compared, from a hash; telling it would end the comparison",
    erasures: "holds a hash only",
    notifications: "dealers' part is the dealers'",
  };
  const tables = await postgres.db.query(
    "SELECT DISTINCT table_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'vin'",
    [],
    tableRow,
  );
  const exported = Object.values(PERSON_TABLES).join(" ");
  for (const { name } of tables) expect(exported.includes(name) || Object.hasOwn(notPersonal, name), name).toBe(true);
});

test("the export has everything, is on record, and holds no secret of a key", async () => {
  const answer = await call("GET", `/v1/vehicles/${VIN}/owner/export`);
  const { tables } = z.object({ tables: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))) }).parse(answer.json());
  expect(tables.contact).toMatchObject([{ name: "Erika Mustermann", address: "erika@example.test" }]);
  expect(tables.labels).toMatchObject([{ note: "told by Erika Mustermann" }]);
  expect(tables.notifications).toMatchObject([{ reason: "first", state: "due" }]);
  expect(tables.personalReads).toMatchObject([{ actor: "admin:privacy desk", why: "export" }]);
  for (const name of ["preferences", "consents", "alerts", "transitions", "leads", "leadEvents", "keys"])
    expect(tables[name], name).not.toEqual([]);
  expect(answer.body).not.toContain("secret_sha256");
  expect(answer.body).not.toContain("Somebody Else");
  const reads = await call("GET", `/v1/personal-reads?vin=${VIN}`);
  expect(reads.json().items).toMatchObject([{ actor: "admin:privacy desk", vin: VIN, why: "export" }]);
});

test("erasure leaves no trace of the person, a proof, the telemetry and everybody else", async () => {
  const { db } = postgres;
  // A sender holds the message while its owner is erased.
  let release: () => void = () => {};
  const held = new Promise<void>((done) => (release = done));
  const given: string[] = [];
  const sender: SenderDeps = {
    db,
    store: clickhouse.store,
    channels: new Map([
      [
        "held",
        {
          limits: { titleChars: 99, bodyChars: 999 },
          async send({ vin }) {
            given.push(vin);
            await held;
            return { kind: "failed", retryable: true, reason: "unavailable", detail: "later" };
          },
          close: async () => {},
        },
      ],
    ]),
    options: { batch: 10, leaseMs: 60_000, attempts: 5, baseMs: 1, maxMs: 1, timeoutMs: 5000 },
    name: "one",
    now: Date.now,
    random: () => 0,
  };
  const sending = sendDue(sender, new AbortController().signal);
  await expect.poll(() => given.includes(VIN)).toBe(true);
  const answer = await call("POST", `/v1/vehicles/${VIN}/owner/erase`, { reason: "request of the owner" });
  expect(answer.json().counts).toMatchObject({
    workshopNotesEmptied: 2,
    intentionsCancelled: 1,
    contactsRemoved: 1,
    preferencesRemoved: 1,
    keysRevoked: 1,
  });
  release();
  await sending;
  const states = await db.query("SELECT state FROM outbox o JOIN notifications n ON n.id = o.id WHERE n.vin = $1", [VIN], z.unknown());
  expect(states).toEqual([{ state: "cancelled" }]);
  const left = await everything();
  for (const secret of SECRETS.slice(0, 2)) expect(left, secret).not.toContain(secret);
  expect(left).toContain("told by Somebody Else");
  const labels = await clickhouse.store.query("SELECT outcome FROM labels FINAL WHERE vin = {vin: String}", z.unknown(), {
    params: { vin: VIN },
  });
  expect(labels, "the verdict stays").toEqual([{ outcome: "confirmed" }]);
  expect((await call("GET", `/v1/vehicles/${VIN}/erasures`)).json().items).toMatchObject([{ reason: "request of the owner" }]);
  const reports = await clickhouse.store.query(
    "SELECT count() AS n FROM telemetry WHERE vin = {vin: String}",
    z.object({ n: z.number() }),
    {
      params: { vin: VIN },
    },
  );
  expect(reports).toEqual([{ n: 1 }]);
  const consents = await db.query(
    "SELECT DISTINCT ON (purpose) given FROM consents WHERE vin = $1 ORDER BY purpose, at DESC, seq DESC",
    [VIN],
    z.unknown(),
  );
  expect(consents).toEqual([{ given: false }, { given: false }]);
});

test("erasure waits for a sender that is writing a verdict, and takes the note it wrote", async () => {
  const { db } = postgres;
  const note = "told by Erika Mustermann";
  const row = {
    id: "l-held",
    vin: VIN,
    component: "tyre",
    outcome: "confirmed",
    alert_id: null,
    source_id: null,
    given_by: "w",
    note,
    revision: 1,
  };
  await db.execute(
    `INSERT INTO outbox (id, kind, thread, due_at, payload, leased_until, leased_by)
     VALUES ('lb-held', 'label', 'lb-held', now(), $1::jsonb, now() + interval '1 minute', 'sender')`,
    [JSON.stringify({ vin: VIN, note })],
  );
  const sleep = async () => {
    await clickhouse.store.insertRows("labels", [{ ...row, at: "2026-01-03T00:00:00.000Z" }], { token: "held" });
    await db.execute("UPDATE outbox SET state = 'sent', finished_at = now(), leased_until = NULL WHERE id = 'lb-held'");
  };
  await erasePerson({ db, store: clickhouse.store, now: Date.now, sleep }, { vin: VIN, requestedBy: "test", reason: "again" });
  expect(await everything()).not.toContain("Erika Mustermann");
});

test("the audit still refuses every other change, also while something is erased", async () => {
  const { db } = postgres;
  await expect(db.execute("UPDATE alert_transitions SET note = ''")).rejects.toThrow("append-only");
  const forged = db.transaction(async (tx) => {
    await tx.execute("SELECT set_config('app.erasure_id', 'er-1', true)");
    await tx.execute("UPDATE alert_transitions SET actor = 'nobody', note = ''");
  });
  await expect(forged).rejects.toThrow("append-only");
  await expect(db.execute("DELETE FROM erasures")).rejects.toThrow("append-only");
});
