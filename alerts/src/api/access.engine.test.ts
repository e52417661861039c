import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { ROLES, type Role } from "@bellwether/contracts/alert";
import { openTestPostgres, type TestPostgres } from "@bellwether/postgres/testing";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { alertsConfigSchema } from "../config.ts";
import { createApiKey } from "../identity/apiKeys.ts";
import { recordConsent } from "../owners/consents.ts";
import { savePreferences } from "../owners/preferences.ts";
import { handleRecord } from "../pipeline.ts";
import { saveContact, saveDealer } from "../routing/people.ts";
import { exampleFinding } from "../testing/findings.ts";
import { startIssuer, type TestIssuer } from "../testing/issuer.ts";
import { ROUTE_ROLES } from "./access.ts";
import type { ApiApp } from "./context.ts";
import { createApi } from "./createApi.ts";
import { openApiDocument } from "./openApi.ts";

/**
 * Every operation of the OpenAPI document, for every role, on the own and on a foreign tenant. A new route fails here
 * until TENANCY says whose it is.
 */

/** What the addresses of an operation name: something of one tenant, or nothing. */
type Tenancy =
  /** The vehicle or lead in the path belongs to a tenant: another's does not exist. */
  | "vin"
  | "lead"
  | "alert"
  | "dealer"
  /** No tenant in the path; a list shows a tenant only its own. */
  | "none"
  /** Not for tenants at all, and what it works on is tested elsewhere: only who may call it is tried. */
  | "staff"
  /** A thing of the operator's own; the path names one that does not exist. */
  | "operator"
  /** As `vin`, on a car without owner: erasing ours would take the rest of the matrix with it. */
  | "erasure"
  /** Server-sent events: only who may not is tried. */
  | "stream"
  | "public";

interface Rule {
  readonly tenancy: Tenancy;
  readonly body?: object;
  readonly csv?: string;
  readonly query?: string;
}

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();
const TENANCY: Readonly<Record<string, Rule>> = {
  "GET /v1/session": { tenancy: "none" },
  "GET /v1/overview": { tenancy: "none" },
  "GET /v1/vehicles": { tenancy: "none" },
  "GET /v1/vehicles/{vin}": { tenancy: "vin" },
  "GET /v1/vehicles/{vin}/cells": { tenancy: "vin" },
  "GET /v1/vehicles/{vin}/signals": { tenancy: "vin", query: "?names=socPct" },
  "GET /v1/vehicles/{vin}/scores": { tenancy: "vin", query: "?name=socPct" },
  "GET /v1/fleet/rates": { tenancy: "none" },
  "GET /v1/fleet/findings": { tenancy: "none" },
  "GET /v1/fleet/code-sets": { tenancy: "none" },
  "GET /v1/fleet/part-lives": { tenancy: "none" },
  "GET /v1/vehicles/{vin}/owner": { tenancy: "vin" },
  "POST /v1/vehicles/{vin}/preferences": { tenancy: "vin", body: {} },
  "POST /v1/vehicles/{vin}/consents": { tenancy: "vin", body: { purpose: "care", given: true, textVersion: "1", proof: "matrix" } },
  "GET /v1/vehicles/{vin}/owner/export": { tenancy: "vin" },
  // An operator's address: erasing the owner would take the rest of the matrix with him.
  "POST /v1/vehicles/{vin}/owner/erase": { tenancy: "erasure", body: { reason: "matrix" } },
  "GET /v1/vehicles/{vin}/erasures": { tenancy: "none" },
  "GET /v1/personal-reads": { tenancy: "none" },
  "GET /v1/findings": { tenancy: "none" },
  "GET /v1/alerts": { tenancy: "none" },
  "POST /v1/alerts/{id}/acknowledge": { tenancy: "alert" },
  "POST /v1/alerts/{id}/dismiss": { tenancy: "alert", body: { note: "matrix" } },
  "GET /v1/silences": { tenancy: "none" },
  "POST /v1/silences": { tenancy: "none", body: { component: "sensor", until: inAnHour(), reason: "matrix" } },
  "POST /v1/silences/{id}/end": { tenancy: "operator" },
  "POST /v1/receipts": { tenancy: "public" },
  "GET /v1/leads": { tenancy: "none" },
  "GET /v1/leads.csv": { tenancy: "none" },
  "GET /v1/leads/{id}": { tenancy: "lead" },
  "GET /v1/leads/{id}/star": { tenancy: "lead" },
  "GET /v1/leads/{id}/adf": { tenancy: "lead" },
  "GET /v1/leads/{id}/contact": { tenancy: "lead" },
  "POST /v1/leads/{id}/accept": { tenancy: "lead" },
  "POST /v1/leads/{id}/progress": { tenancy: "lead", body: { state: "booked" } },
  "POST /v1/leads/{id}/close": { tenancy: "lead", body: { outcome: "confirmed" } },
  "GET /v1/lead-webhooks": { tenancy: "none" },
  "POST /v1/lead-webhooks": { tenancy: "none", body: { url: "https://dms.example/leads" } },
  "POST /v1/lead-webhooks/{id}/end": { tenancy: "operator" },
  "POST /v1/dealers/{id}/calendar": {
    tenancy: "dealer",
    body: { slots: [{ startsAt: "2030-01-01T08:00:00.000Z", endsAt: "2030-01-01T09:00:00.000Z", bays: 1, technicians: 1 }] },
  },
  "POST /v1/dealers/{id}/place": { tenancy: "dealer", body: { latitudeDeg: 52.5, longitudeDeg: 13.4, brands: [] } },
  "GET /v1/proof": { tenancy: "none" },
  "POST /v1/repair-orders": {
    tenancy: "none",
    body: { id: "matrix", vin: "X", component: "tyre", cause: "routine", outcome: "confirmed", at: "2026-01-01T00:00:00.000Z" },
  },
  "POST /v1/repair-orders.csv": { tenancy: "none", csv: "id,vin,component,cause,outcome,at\n" },
  "GET /v1/recalls": { tenancy: "none", query: "?vin=X" },
  "POST /v1/recalls": { tenancy: "none", body: { rows: [] } },
  "GET /v1/quality/dealers": { tenancy: "none" },
  "GET /v1/quality/rules": { tenancy: "none" },
  "GET /v1/quality/regions": { tenancy: "none" },
  "GET /v1/quality/unseen": { tenancy: "none" },
  "GET /v1/engineering-cases": { tenancy: "none" },
  "POST /v1/engineering-cases/{id}/close": { tenancy: "operator", body: { note: "matrix" } },
  "GET /v1/api-keys": { tenancy: "none" },
  "POST /v1/api-keys": { tenancy: "none", body: { name: "matrix", role: "analyst", expiresAt: inAnHour() } },
  "POST /v1/api-keys/{id}/revoke": { tenancy: "operator" },
  "GET /v1/notifications": { tenancy: "none" },
  "GET /v1/labels": { tenancy: "none" },
  "GET /v1/rejected": { tenancy: "none" },
  "GET /v1/ledger": { tenancy: "none" },
  "GET /v1/ledger/account": { tenancy: "operator" },
  "GET /v1/dead-letters": { tenancy: "operator" },
  "POST /v1/dead-letters/replay": { tenancy: "operator", body: {} },
  "GET /v1/backtests": { tenancy: "staff" },
  "GET /v1/backtests/{id}": { tenancy: "staff" },
  "GET /v1/backtests/{id}/report.html": { tenancy: "staff" },
  "GET /v1/drafts": { tenancy: "staff" },
  "GET /v1/drafts/{id}": { tenancy: "staff" },
  "GET /v1/explain": { tenancy: "staff" },
  "GET /v1/labels/quality": { tenancy: "staff" },
  "GET /v1/labels/unjudged": { tenancy: "staff" },
  "GET /v1/outside-scores": { tenancy: "staff" },
  "POST /v1/outside-scores": { tenancy: "staff" },
  "GET /v1/exports/{table}": { tenancy: "staff" },
  "GET /v1/rules": { tenancy: "staff" },
  "GET /v1/rules/{id}": { tenancy: "staff" },
  "GET /v1/rules/{id}/watch": { tenancy: "staff" },
  "POST /v1/backtests": { tenancy: "staff" },
  "POST /v1/backtests/{id}/cancel": { tenancy: "staff" },
  "POST /v1/comparisons": { tenancy: "staff" },
  "POST /v1/drafts": { tenancy: "staff" },
  "POST /v1/drafts/{id}/shadow": { tenancy: "staff" },
  "POST /v1/labels": { tenancy: "staff" },
  "POST /v1/rules/lint": { tenancy: "staff" },
  "POST /v1/rules/{id}/promote": { tenancy: "staff" },
  "POST /v1/rules/{id}/rollback": { tenancy: "staff" },
  "PUT /v1/drafts/{id}": { tenancy: "staff" },
  "GET /v1/events": { tenancy: "stream" },
};

const documentSchema = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });
const { paths } = documentSchema.parse(await openApiDocument());
const operations = Object.entries(paths)
  .filter(([path]) => path.startsWith("/v1/"))
  .flatMap(([path, methods]) => Object.keys(methods).map((method) => ({ operation: `${method.toUpperCase()} ${path}`, path })));

/** What tells who an owner is; no answer may hold it without a line in the record of personal reads. */
const PERSONAL = { name: "A. Owner", address: "owner@matrix.example", secondAddress: "+4915100000001" };
const OWN = "VIN00000000000001";
const FOREIGN = "VIN00000000000002";
let postgres: TestPostgres;
let clickhouse: TestStore;
let issuer: TestIssuer;
let api: ApiApp;
const keys: Partial<Record<Role, string>> = {};
const ids: Record<string, { lead: string; alert: string }> = {};
/** Operations that answered with something of PERSONAL. */
const personalRoutes = new Set<string>();
const countReads = async () =>
  (await postgres.db.query("SELECT count(*)::int AS n FROM personal_reads WHERE vin = $1", [OWN], z.object({ n: z.number() })))[0]?.n ?? 0;
const idRow = z.object({ vin: z.string(), lead: z.string(), alert: z.string() });

beforeAll(async () => {
  [postgres, clickhouse, issuer] = await Promise.all([openTestPostgres(), openTestStore(), startIssuer()]);
  const { db } = postgres;
  await seedCar(OWN, "north");
  await seedCar(FOREIGN, "south");
  const found = await db.query(`SELECT vin, id AS lead, alert_id AS alert FROM leads`, [], idRow);
  for (const { vin, lead, alert } of found) ids[vin] = { lead, alert };
  const logger = createLogger({ service: "api", level: "silent" });
  const config = alertsConfigSchema.parse({ oidcIssuer: issuer.url, apiRequestsPerMinute: 100_000 });
  api = await createApi({ db, store: clickhouse.store, config, logger, metrics: createMetrics(), now: Date.now });
  for (const role of ROLES) keys[role] = await createApiKey(db, { role, name: role, ...tenantOf(role) });
});
afterAll(async () => {
  await api?.close();
  await Promise.all([postgres.close(), clickhouse.close(), issuer.close()]);
});

function tenantOf(role: Role): { dealerId?: string; vin?: string } {
  if (role === "dealer") return { dealerId: "north" };
  return role === "owner" ? { vin: OWN } : {};
}

async function seedCar(vin: string, dealerId: string): Promise<void> {
  const { db } = postgres;
  const { store } = clickhouse;
  await saveDealer(db, { id: dealerId, name: dealerId, language: "en", channel: "log", address: dealerId, timeZone: "UTC" });
  const contact = {
    vin,
    name: PERSONAL.name,
    language: "en",
    channel: "log",
    address: PERSONAL.address,
    timeZone: "UTC",
    dealerId,
  } as const;
  await saveContact(db, { ...contact, consent: { textVersion: "1", at: "2026-01-01T00:00:00.000Z" } });
  const consent = { vin, purpose: "dealer_contact", given: true, textVersion: "1", atMs: 1, proof: "form", recordedBy: "test" } as const;
  await recordConsent(db, consent);
  const wishes = { quietFromMin: null, quietToMin: null, maxPerMonth: null, digestAtMin: null };
  await savePreferences(db, vin, { ...wishes, fallbackChannel: "sms", fallbackAddress: PERSONAL.secondAddress }, 1);
  const master = { vin, model: "M", chemistry: "NMC", nominal_ah: 100, cells: 96, built_on: "2020-01-01", region: "r", revision: 1 };
  await store.insertRows("vehicles", [master], { token: vin });
  await handleRecord(
    { value: Buffer.from(JSON.stringify(exampleFinding({ id: `f-${vin}`, vin }))) },
    {
      db,
      store,
      advice: { findAdvice: () => null },
      limitsOf: () => ({ titleChars: 99, bodyChars: 999 }),
      coolDownMs: 1000,
      acceptance: { usualMs: 1e8, safetyMs: 1e7 },
      holdout: { share: 0, salt: "s" },
      now: Date.now,
    },
  );
}

function addressOf(path: string, { tenancy, query = "" }: Rule, vin: string): string {
  const named = ids[vin];
  const dealer = vin === OWN ? "north" : "south";
  const id = tenancy === "dealer" ? dealer : tenancy === "lead" ? named?.lead : tenancy === "alert" ? named?.alert : "none";
  return `${path.replace("{vin}", vin).replace("{id}", id ?? "none")}${query}`;
}

/** The method of an operation, as `inject` wants it. */
function methodOf(operation: string): "GET" | "POST" | "PUT" {
  if (operation.startsWith("PUT")) return "PUT";
  return operation.startsWith("POST") ? "POST" : "GET";
}

const call = (operation: string, url: string, { body, csv }: Rule, credential: string | undefined) => {
  const method = methodOf(operation);
  const type = csv === undefined ? {} : { "content-type": "text/csv" };
  const headers = { ...type, ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }) };
  const payload = csv ?? body;
  return api.inject({ method, url, headers, ...(method === "GET" || payload === undefined ? {} : { payload }) });
};

test("every operation has a rule here and in ROUTE_ROLES, and no rule is left over", () => {
  expect(operations.map(({ operation }) => operation).toSorted()).toEqual(Object.keys(TENANCY).toSorted());
  for (const { operation } of operations) expect(ROUTE_ROLES, operation).toHaveProperty([operation.replace(/\{(\w+)\}/g, ":$1")]);
});

const guarded = operations.filter(({ operation }) => TENANCY[operation]?.tenancy !== "public");

test.each(guarded)("$operation: every role, own and foreign", async ({ operation, path }) => {
  const rule = TENANCY[operation] ?? { tenancy: "none" };
  const allowed = ROUTE_ROLES[operation.replace(/\{(\w+)\}/g, ":$1")] ?? [];
  for (const credential of [undefined, "bw_nobody", await issuer.token({ sub: "u", roles: [] })])
    expect((await call(operation, addressOf(path, rule, OWN), rule, credential)).statusCode).toBe(401);
  for (const role of ROLES) {
    const claims = { sub: role, roles: [role], dealer_id: "north", vin: OWN };
    for (const credential of [keys[role], await issuer.token(claims)]) {
      const one = { operation, path, rule, role, credential };
      if (allowed === "public" || !allowed.includes(role)) await expectRefused(one);
      else if (rule.tenancy !== "stream") await expectTenantOnly(one);
    }
  }
});

async function expectRefused({ operation, path, rule, role, credential }: Allowed): Promise<void> {
  for (const vin of [OWN, FOREIGN]) {
    const { statusCode } = await call(operation, addressOf(path, rule, vin), rule, credential);
    expect(statusCode, `${role} ${operation} ${vin}`).toBe(403);
  }
}

interface Allowed {
  readonly operation: string;
  readonly path: string;
  readonly rule: Rule;
  readonly role: Role;
  readonly credential: string | undefined;
}

async function expectTenantOnly({ operation, path, rule, role, credential }: Allowed): Promise<void> {
  const isTenant = role === "dealer" || role === "owner";
  if (rule.tenancy === "staff") expect(isTenant, `${operation} is said to be for staff only`).toBe(false);
  const isOwned = ["vin", "lead", "alert", "dealer", "erasure"].includes(rule.tenancy);
  const foreignVin = rule.tenancy === "erasure" ? "NOBODY" : FOREIGN;
  const foreign = await call(operation, addressOf(path, rule, foreignVin), rule, credential);
  const about = `${role} ${operation}`;
  if (isTenant && isOwned) expect(foreign.statusCode, `${about} foreign`).toBe(404);
  if (isTenant && isOwned) expect(foreign.body, `${about} foreign`).not.toContain("A. Owner");
  if (rule.tenancy === "erasure") return;
  const readsBefore = await countReads();
  const own = await call(operation, addressOf(path, rule, OWN), rule, credential);
  if (Object.values(PERSONAL).some((text) => own.body.includes(text))) {
    personalRoutes.add(operation);
    expect(await countReads(), `${about} shows who the owner is, and nobody will know`).toBeGreaterThan(readsBefore);
  }
  expect(rule.tenancy === "staff" ? [401, 403] : [400, 401, 403], `${about} own: ${own.body.slice(0, 200)}`).not.toContain(own.statusCode);
  if (rule.tenancy !== "operator" && rule.tenancy !== "staff") expect(own.statusCode, `${about} own`).not.toBe(404);
  if (isTenant) expect(own.body, `${about} shows another's car`).not.toContain(FOREIGN);
}

test("names and addresses come from these routes and no others", () => {
  expect([...personalRoutes].toSorted()).toEqual([
    "GET /v1/leads/{id}/contact",
    "GET /v1/vehicles/{vin}/owner",
    "GET /v1/vehicles/{vin}/owner/export",
    "POST /v1/vehicles/{vin}/consents",
    "POST /v1/vehicles/{vin}/preferences",
  ]);
});

test("a key's scopes narrow its role", async () => {
  const reader = await createApiKey(postgres.db, { role: "analyst", name: "reader", scopes: ["read"] });
  const lead = ids[OWN]?.lead ?? "";
  const rule = { tenancy: "lead" } as const;
  expect((await call("GET", "/v1/leads", rule, reader)).statusCode).toBe(200);
  expect((await call("POST", `/v1/leads/${lead}/accept`, rule, reader)).statusCode).toBe(403);
  expect((await call("GET", `/v1/leads/${lead}/contact`, rule, reader)).statusCode).toBe(403);
});

test("a key for writing alone is told that it was done and nothing else, also when it asks again", async () => {
  const writer = await createApiKey(postgres.db, { role: "analyst", name: "writer", scopes: ["write"] });
  const wishes = { fallbackChannel: "email", fallbackAddress: "o@example.org" };
  const ask = (url: string, payload: object, key: string) =>
    api.inject({ method: "POST", url, payload, headers: { authorization: `Bearer ${key}`, "idempotency-key": "write-only" } });
  const url = `/v1/vehicles/${OWN}/preferences`;
  for (const answer of [await ask(url, wishes, writer), await ask(url, wishes, writer)]) {
    expect([answer.statusCode, answer.body]).toEqual([204, ""]);
  }
  const both = await createApiKey(postgres.db, { role: "analyst", name: "both", scopes: ["write", "personal"] });
  expect((await ask(url, wishes, both)).json()).toMatchObject({ preferences: wishes });
  const reads = await postgres.db.query("SELECT actor FROM personal_reads WHERE actor LIKE '%:writer'", [], z.unknown());
  expect(reads).toEqual([]);
});

test("an admin makes, lists and ends keys; the secret is shown once and kept by no idempotency key", async () => {
  const headers = { authorization: `Bearer ${keys.admin}`, "idempotency-key": "k1" };
  const payload = { name: "dms", role: "dealer", dealerId: "north", scopes: ["read"], expiresAt: inAnHour() };
  const made = await api.inject({ method: "POST", url: "/v1/api-keys", headers, payload });
  const { key } = z.object({ key: z.string() }).parse(made.json());
  expect((await call("GET", "/v1/leads", { tenancy: "none" }, key)).statusCode).toBe(200);
  const list = await call("GET", "/v1/api-keys", { tenancy: "none" }, keys.admin);
  const { items } = z.object({ items: z.array(z.object({ id: z.string(), name: z.string(), createdBy: z.string() })) }).parse(list.json());
  const own = items.find(({ name }) => name === "dms");
  expect(own?.createdBy).toBe("admin:admin");
  expect(list.body).not.toContain(key.slice(-20));
  const kept = await postgres.db.query("SELECT body FROM idempotency_keys", [], z.object({ body: z.string().nullable() }));
  expect(JSON.stringify(kept)).not.toContain(key);
  await call("POST", `/v1/api-keys/${own?.id}/revoke`, { tenancy: "operator" }, keys.admin);
  expect((await call("GET", "/v1/leads", { tenancy: "none" }, key)).statusCode).toBe(401);
});
