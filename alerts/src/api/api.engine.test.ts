import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import type { Role } from "@bellwether/contracts/alert";
import { openTestPostgres, type TestPostgres } from "@bellwether/postgres/testing";
import { openLog } from "@bellwether/runtime/log/openLog";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { alertsConfigSchema } from "../config.ts";
import { createApiKey, listApiKeys, revokeApiKey } from "../identity/apiKeys.ts";
import { handleRecord } from "../pipeline.ts";
import { saveContact, saveDealer } from "../routing/people.ts";
import { createAlerts } from "../service.ts";
import { exampleFinding, minutesLater } from "../testing/findings.ts";
import { ROUTE_ROLES, readAs } from "./access.ts";
import type { ApiApp } from "./context.ts";
import { createApi } from "./createApi.ts";
import { leadPageSchema } from "./leadSchemas.ts";
import { vehicleDetailSchema, vehiclePageSchema } from "./schemas.ts";

let postgres: TestPostgres;
let clickhouse: TestStore;
let api: ApiApp;
let dir: string;
const keys: Partial<Record<Role | "otherDealer" | "expired", string>> = {};
const vins = ["VIN00000000000001", "VIN00000000000002", "VIN00000000000003"];
const logger = createLogger({ service: "api", level: "silent" });
const deps = () => ({ db: postgres.db, store: clickhouse.store, logger, metrics: createMetrics(), now: Date.now });
const idsOf = z.object({ items: z.array(z.object({ id: z.string(), vin: z.string() })) });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "bellwether-test-api-"));
  [postgres, clickhouse] = await Promise.all([openTestPostgres(), openTestStore()]);
  await seedStore();
  await seedAlerts();
  await mkdir(join(dir, "console", "assets"), { recursive: true });
  await writeFile(join(dir, "console", "index.html"), "<!doctype html><title>Bellwether</title>");
  await writeFile(join(dir, "console", "assets", "main.js"), "export {};");
  api = await createApi({ ...deps(), config: alertsConfigSchema.parse({ apiConsoleDir: join(dir, "console") }) });
  const { db } = postgres;
  keys.analyst = await createApiKey(db, { role: "analyst", name: "Ana" });
  keys.service = await createApiKey(db, { role: "service", name: "cron" });
  keys.dealer = await createApiKey(db, { role: "dealer", name: "North", dealerId: "north" });
  keys.otherDealer = await createApiKey(db, { role: "dealer", name: "South", dealerId: "south" });
  keys.owner = await createApiKey(db, { role: "owner", name: "Owner", vin: vins[0] ?? "" });
  keys.expired = await createApiKey(db, { role: "analyst", name: "old", expiresAt: "2020-01-01T00:00:00.000Z" });
});

afterAll(async () => {
  await api?.close();
  await Promise.all([postgres.close(), clickhouse.close()]);
  await rm(dir, { recursive: true, force: true });
});

async function seedStore(): Promise<void> {
  const { store } = clickhouse;
  const telemetry = vins.flatMap((vin, i) =>
    Array.from({ length: 20 }, (_, j) => ({
      vin,
      event_time: minutesLater(j),
      received_time: minutesLater(j),
      format: "sample-json",
      soc_pct: j < 19 ? 80 - j : null,
      odometer_km: 1000 * (i + 1) + j,
      speed_kmh: j,
    })),
  );
  await store.insertRows("telemetry", telemetry, { token: "t" });
  const cellDay = { vin: vins[0], cells: 3, computed_at: minutesLater(0) };
  const cells = [
    { ...cellDay, day: "2019-07-16", load: "rest", samples: 10, deviation_mean_v: [0.001, null, -0.021] },
    { ...cellDay, day: "2019-07-16", load: "drive", samples: 30, deviation_mean_v: [0.003, null, -0.025] },
    { ...cellDay, day: "2019-07-17", load: "rest", samples: 5, deviation_mean_v: [0, 0.001, -0.03] },
  ];
  await store.insertRows("cell_daily", cells, { token: "c" });
  const { source, firstSeen, lastSeen, sentenceZh, evidence, ...finding } = exampleFinding({ vin: vins[0] ?? "" });
  const findingRow = {
    ...finding,
    source_kind: source.kind,
    source_id: source.id,
    source_version: source.version,
    first_seen: firstSeen,
    last_seen: lastSeen,
    sentence_zh: sentenceZh,
    evidence: JSON.stringify(evidence),
    revision: 1,
  };
  await store.insertRows("findings", [findingRow, { ...findingRow, id: "f-2" }, { ...findingRow, id: "f-3" }], { token: "f" });
}

async function seedAlerts(): Promise<void> {
  const { db } = postgres;
  for (const id of ["north", "south"]) {
    await saveDealer(db, { id, name: id, language: "en", channel: "log", address: id, timeZone: "UTC" });
  }
  for (const [i, vin] of vins.entries()) {
    const contact = { vin, name: "A. Owner", language: "en", channel: "log", address: "owner", timeZone: "UTC" } as const;
    await saveContact(db, {
      ...contact,
      dealerId: i === 1 ? "south" : "north",
      consent: { textVersion: "1", at: "2026-01-01T00:00:00.000Z" },
    });
    if (i === 2) continue;
    const finding = exampleFinding({ id: `finding-${i}`, vin });
    const pipeline = {
      db,
      store: clickhouse.store,
      advice: { findAdvice: () => null },
      coolDownMs: 1000,
      acceptance: { usualMs: 1e8, safetyMs: 1e7 },
      holdout: { share: 0, salt: "s" },
      now: Date.now,
    };
    await handleRecord(
      { value: Buffer.from(JSON.stringify(finding)) },
      { ...pipeline, limitsOf: () => ({ titleChars: 99, bodyChars: 999 }) },
    );
  }
}

const get = (url: string, key: string | undefined) => api.inject({ url, headers: key === undefined ? {} : { "x-api-key": key } });
const post = (url: string, key: string | undefined, payload: object = {}) =>
  api.inject({ method: "POST", url, payload, headers: { authorization: `Bearer ${key}` } });
const leadIdFor = async (vin: string): Promise<string> => {
  const page = leadPageSchema.parse((await get(`/v1/leads?vin=${vin}`, keys.service)).json());
  return page.items[0]?.id ?? "none";
};

test("every route of the running API has a line in the matrix and every line a route", async () => {
  const known = Object.keys(ROUTE_ROLES).filter((route) => !route.endsWith("/*"));
  for (const route of known) {
    const [method = "", url = ""] = route.split(" ");
    expect(api.hasRoute({ method: method === "POST" ? "POST" : "GET", url }), route).toBe(true);
  }
  const another = await createApi({ ...deps(), config: alertsConfigSchema.parse({}) });
  expect(() => another.get("/v1/forgotten", async () => ({}))).toThrow("no line in ROUTE_ROLES");
  await another.close();
});

test("expired, revoked, mistyped and empty keys are all just not valid", async () => {
  const revoked = await createApiKey(postgres.db, { role: "analyst", name: "gone" });
  const id = (await listApiKeys(postgres.db)).find(({ name }) => name === "gone")?.id ?? "";
  expect(await revokeApiKey(postgres.db, id, Date.now())).toBe(true);
  for (const key of [keys.expired, revoked, `${keys.analyst?.slice(0, -1)}!`, "", "bw_", "' OR 1=1 --"]) {
    expect((await get("/v1/session", key)).statusCode).toBe(401);
  }
  const stored = await postgres.db.query("SELECT secret_sha256 FROM api_keys", [], z.object({ secret_sha256: z.string() }));
  expect(stored.every(({ secret_sha256 }) => !keys.analyst?.includes(secret_sha256))).toBe(true);
});

test("a dealer sees its own leads, alerts and vehicles and gets 404 for another's", async () => {
  const mine = idsOf.parse((await get("/v1/leads", keys.dealer)).json());
  expect(mine.items.map(({ vin }) => vin)).toEqual([vins[0]]);
  expect(idsOf.parse((await get("/v1/alerts", keys.dealer)).json()).items.map(({ vin }) => vin)).toEqual([vins[0]]);
  const foreign = await leadIdFor(vins[1] ?? "");
  expect((await get(`/v1/leads/${foreign}`, keys.dealer)).statusCode).toBe(404);
  expect((await post(`/v1/leads/${foreign}/accept`, keys.dealer)).statusCode).toBe(404);
  expect((await post(`/v1/leads/${foreign}/close`, keys.dealer, { outcome: "confirmed" })).statusCode).toBe(404);
  expect((await get(`/v1/vehicles/${vins[1]}`, keys.dealer)).statusCode).toBe(404);
  expect((await get(`/v1/vehicles/${vins[0]}`, keys.dealer)).statusCode).toBe(200);
});

test("row-level security holds for raw SQL in the API's roles", async () => {
  const { db } = postgres;
  const vinRow = z.object({ vin: z.string() });
  const north = { role: "dealer", dealerId: "north", vin: null } as const;
  expect(await readAs(db, north, (tx) => tx.query("SELECT vin FROM leads", [], vinRow))).toEqual([{ vin: vins[0] }]);
  const nobody = { role: "dealer", dealerId: null, vin: null } as const;
  for (const table of ["leads", "alerts", "alert_findings", "alert_transitions", "notifications", "outbox"]) {
    expect(await readAs(db, nobody, (tx) => tx.query(`SELECT 1 AS one FROM ${table}`, [], z.unknown())), table).toEqual([]);
  }
  const owner = { role: "owner", dealerId: null, vin: vins[1] ?? "" } as const;
  expect(await readAs(db, owner, (tx) => tx.query("SELECT vin FROM alerts", [], vinRow))).toEqual([{ vin: vins[1] }]);
  expect(await readAs(db, owner, (tx) => tx.query("SELECT DISTINCT audience AS vin FROM notifications", [], vinRow))).toEqual([
    { vin: "owner" },
  ]);
  for (const sql of [
    "SELECT * FROM vehicle_contacts",
    "SELECT * FROM api_keys",
    "UPDATE leads SET note = 'x'",
    "DELETE FROM outbox",
    "SELECT * FROM dealers",
  ]) {
    await expect(
      readAs(db, north, (tx) => tx.execute(sql)),
      sql,
    ).rejects.toThrow("permission denied");
  }
  // The rights end with the transaction, also on the pooled connection.
  expect(await db.query("SELECT vin FROM leads ORDER BY vin", [], vinRow)).toHaveLength(2);
});

test("vehicles come in pages, those in trouble first, without a gap or a repeat", async () => {
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: z.infer<typeof vehiclePageSchema> = vehiclePageSchema.parse(
      (await get(`/v1/vehicles?limit=1${cursor === null ? "" : `&cursor=${cursor}`}`, keys.analyst)).json(),
    );
    expect(page.total).toBe(3);
    seen.push(...page.items.map(({ vin }) => vin));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(seen).toEqual(vins);
  expect((await get("/v1/vehicles?cursor=nonsense", keys.analyst)).statusCode).toBe(400);
  const found = vehiclePageSchema.parse((await get("/v1/vehicles?search=0002", keys.analyst)).json());
  expect(found.items).toMatchObject([{ vin: vins[1], socPct: 62, odometerKm: 2019, worstSeverity: "warning", openAlerts: 1 }]);
});

test("findings come in pages with the keys of findingToJson", async () => {
  const first = (await get("/v1/findings?limit=2", keys.analyst)).json();
  const second = (await get(`/v1/findings?limit=2&cursor=${first.nextCursor}`, keys.analyst)).json();
  expect([...first.items, ...second.items].map(({ id }: { id: string }) => id)).toEqual(["f-3", "f-2", "f-1"]);
  expect(second.nextCursor).toBeNull();
  expect(first.items[0]).toMatchObject({ first_seen: "2019-07-10T08:00:00.000Z", cell: 82, source: { id: "abnormal-cell" } });
  expect((await get("/v1/findings?component=tyre", keys.analyst)).json().items).toEqual([]);
});

test("a vehicle's page, cell map and signals carry what is stored", async () => {
  const detail = vehicleDetailSchema.parse((await get(`/v1/vehicles/${vins[0]}`, keys.owner)).json());
  expect(detail).toMatchObject({ reports: 20, latest: { socPct: 62, odometerKm: 1019 }, profile: null });
  expect(detail.findings).toHaveLength(3);
  expect(detail.alerts).toHaveLength(1);
  const map = (await get(`/v1/vehicles/${vins[0]}/cells?days=10`, keys.owner)).json();
  expect(map).toEqual({
    vin: vins[0],
    cells: 3,
    days: [
      { day: "2019-07-16", samples: 40, deviationMv: [2.5, null, -24] },
      { day: "2019-07-17", samples: 5, deviationMv: [0, 1, -30] },
    ],
  });
  const from = minutesLater(0);
  const to = minutesLater(20);
  const series = (await get(`/v1/vehicles/${vins[0]}/signals?names=socPct,speedKmh&from=${from}&to=${to}&points=2`, keys.owner)).json();
  expect(series).toMatchObject({ bucketMs: 600_000, at: [Date.parse(from), Date.parse(from) + 600_000] });
  expect(series.series[1]).toEqual({ name: "speedKmh", unit: "km/h", mean: [4.5, 14.5], min: [0, 10], max: [9, 19] });
  expect((await get(`/v1/vehicles/${vins[0]}/signals?names=nonsense`, keys.owner)).statusCode).toBe(400);
  expect((await get("/v1/vehicles/UNKNOWN", keys.analyst)).statusCode).toBe(404);
  expect((await get("/v1/vehicles/a%20b;drop", keys.analyst)).statusCode).toBe(400);
});

test("overview, rejected and ledger answer on an empty pipeline", async () => {
  expect((await get("/v1/overview", keys.analyst)).json()).toMatchObject({
    vehicles: 3,
    vehiclesLastDay: 3,
    vehiclesWithAlerts: 2,
    reports: 60,
    alertsBySeverity: { info: 0, warning: 2 },
    leadsByState: { offered: 2 },
    leadsOverdue: 0,
    leadsByOutcome: { confirmed: 0, no_fault_found: 0 },
    notificationsByState: { due: 4, sent: 0, dead: 0 },
    findingsByComponent: [{ component: "battery_cell", active: 3, cleared: 0 }],
    ingest: { records: 0, lastRecordedAt: null },
  });
  expect((await get("/v1/rejected", keys.analyst)).json()).toEqual({ total: 0, byReason: [], latest: [] });
  expect((await get("/v1/ledger", keys.analyst)).json()).toEqual({ items: [] });
});

test("closing a lead ends its alert and writes a label for the finding's source, once", async () => {
  const id = await leadIdFor(vins[0] ?? "");
  expect((await post(`/v1/leads/${id}/accept`, keys.dealer)).json()).toMatchObject({ state: "accepted", alertState: "acknowledged" });
  expect((await post(`/v1/leads/${id}/close`, keys.dealer, { outcome: "fixed it" })).statusCode).toBe(400);
  const closed = await post(`/v1/leads/${id}/close`, keys.dealer, { outcome: "confirmed", note: "cell group replaced" });
  expect(closed.json()).toMatchObject({ state: "closed", outcome: "confirmed", alertState: "resolved", note: "cell group replaced" });
  expect((await post(`/v1/leads/${id}/close`, keys.dealer, { outcome: "confirmed" })).statusCode).toBe(200);
  expect((await post(`/v1/leads/${id}/close`, keys.dealer, { outcome: "no_fault_found" })).statusCode).toBe(409);

  const log = await openLog({ kind: "embedded", dir: join(dir, "log") });
  const advice = { findAdvice: () => null };
  const alerts = createAlerts({
    ...deps(),
    log,
    advice,
    config: alertsConfigSchema.parse({ notificationLogFile: join(dir, "sent.jsonl") }),
  });
  await alerts.start();
  await alerts.drain();
  await alerts.stop();
  await log.close();
  const labels = (await get(`/v1/labels?vin=${vins[0]}`, keys.analyst)).json();
  expect(labels.items).toMatchObject([
    { vin: vins[0], component: "battery_cell", outcome: "confirmed", sourceId: "abnormal-cell", givenBy: "dealer:North" },
  ]);
  // The owner's message had not left when the workshop closed the matter: it is taken back, and nothing needs a withdrawal.
  expect((await get("/v1/notifications?state=sent", keys.analyst)).json().items).toHaveLength(3);
  expect((await get("/v1/notifications?state=cancelled", keys.analyst)).json().items).toMatchObject([{ vin: vins[0], reason: "first" }]);
});

test("an analyst acknowledges and dismisses an alert", async () => {
  const [alert] = idsOf.parse((await get(`/v1/alerts?vin=${vins[1]}`, keys.analyst)).json()).items;
  expect((await post(`/v1/alerts/${alert?.id}/acknowledge`, keys.analyst)).json()).toMatchObject({ state: "acknowledged" });
  expect((await post(`/v1/alerts/${alert?.id}/dismiss`, keys.analyst, { note: "test drive" })).json()).toMatchObject({
    state: "dismissed",
  });
  expect((await post(`/v1/alerts/${alert?.id}/acknowledge`, keys.analyst)).statusCode).toBe(409);
  expect((await post("/v1/alerts/none/dismiss", keys.analyst)).statusCode).toBe(404);
});

test("the live stream starts with ready and continues after a given event", async () => {
  const address = await api.listen({ port: 0, host: "127.0.0.1" });
  const stop = new AbortController();
  const response = await fetch(`${address}/v1/events`, {
    headers: { "x-api-key": keys.otherDealer ?? "", accept: "text/event-stream", "last-event-id": "0" },
    signal: stop.signal,
  });
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes("opened")) break;
  }
  stop.abort();
  expect(text).toContain("event: ready");
  expect(text).toContain(vins[1]);
  expect(text).not.toContain(vins[0]);
});

test("console files have their types, unknown pages get index.html, unknown API paths a problem", async () => {
  const script = await api.inject({ url: "/assets/main.js" });
  expect(script.headers["content-type"]).toContain("javascript");
  for (const url of ["/", "/vehicles/ABC", "/leads"]) {
    const page = await api.inject({ url });
    expect(page.statusCode).toBe(200);
    expect(page.headers["content-type"]).toContain("text/html");
    expect(page.headers["content-security-policy"]).toContain("default-src 'self'");
  }
  expect((await api.inject({ url: "/v1/nothing" })).statusCode).toBe(404);
  expect((await api.inject({ url: "/assets/missing.js" })).statusCode).toBe(404);
  expect((await api.inject({ url: "/../../etc/passwd" })).body).not.toContain("root:");
});

test("health, metrics and OpenAPI 3.1 with every route", async () => {
  expect((await api.inject({ url: "/healthz" })).json()).toEqual({ status: "ok" });
  expect((await api.inject({ url: "/readyz" })).json()).toEqual({ status: "ok" });
  expect((await api.inject({ url: "/metrics" })).statusCode).toBe(200);
  const openapi = (await api.inject({ url: "/docs/json" })).json();
  expect(openapi.openapi).toBe("3.1.0");
  const documented = Object.keys(openapi.paths);
  for (const route of Object.keys(ROUTE_ROLES).filter((name) => name.includes(" /v1/") && !name.includes("/v1/actions/"))) {
    expect(documented).toContain((route.split(" ")[1] ?? "").replace(/:(\w+)/g, "{$1}"));
  }
  expect((await api.inject({ url: "/docs" })).statusCode).toBeLessThan(400);
});

test("a body above the limit and a body that is not JSON are refused", async () => {
  const id = await leadIdFor(vins[1] ?? "");
  expect((await post(`/v1/leads/${id}/close`, keys.service, { outcome: "confirmed", note: "x".repeat(100_000) })).statusCode).toBe(413);
  const headers = { "x-api-key": keys.service ?? "", "content-type": "application/json" };
  expect((await api.inject({ method: "POST", url: `/v1/leads/${id}/close`, headers, payload: "{" })).statusCode).toBe(400);
});

test("the same POST with the same key is carried out once; the key is the caller's and the request's", async () => {
  const send = (key: string, body: object, who = keys.service ?? "") =>
    api.inject({ method: "POST", url: "/v1/silences", payload: body, headers: { "x-api-key": who, "idempotency-key": key } });
  const silence = { component: "tyre", until: new Date(Date.now() + 3_600_000).toISOString(), reason: "once" };
  const answers = await Promise.all(Array.from({ length: 5 }, () => send("k-1", silence)));
  const made = answers.filter(({ statusCode }) => statusCode === 200);
  expect(made.length).toBeGreaterThanOrEqual(1);
  expect(answers.every(({ statusCode }) => statusCode === 200 || statusCode === 409)).toBe(true);
  const again = await send("k-1", silence);
  expect(again.json()).toEqual(made[0]?.json());
  expect(again.headers["idempotency-replayed"]).toBe("true");
  expect((await send("k-1", { ...silence, reason: "another" })).statusCode).toBe(422);
  expect((await send("k-1", silence, keys.analyst)).json().id).not.toBe(again.json().id);
  expect((await send("", silence)).statusCode).toBe(400);
  const refused = await send("k-2", { ...silence, until: "2000-01-01T00:00:00.000Z" });
  expect([refused.statusCode, (await send("k-2", { ...silence, until: "2000-01-01T00:00:00.000Z" })).statusCode]).toEqual([400, 400]);
  const { items } = (await get("/v1/silences", keys.analyst)).json();
  expect(items.filter(({ reason }: { reason: string }) => reason === "once")).toHaveLength(2);
});

test("a detail that has not changed is answered with 304, and nobody else's cache may keep it", async () => {
  const url = `/v1/leads/${await leadIdFor(vins[1] ?? "")}`;
  const first = await get(url, keys.otherDealer);
  expect(first.headers["cache-control"]).toBe("private, no-cache");
  const ask = (tag: string) => api.inject({ url, headers: { "x-api-key": keys.otherDealer ?? "", "if-none-match": tag } });
  const etag = String(first.headers.etag);
  for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
    const same = await ask(tag);
    expect([same.statusCode, same.body], tag).toEqual([304, ""]);
  }
  expect((await ask('"other"')).json()).toEqual(first.json());
  expect((await get(url, keys.dealer)).headers.etag).toBeUndefined();
});
