import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DEFAULT_RULES_DIR, loadRules } from "@bellwether/analytics/catalogue";
import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { openTestPostgres, type TestPostgres } from "@bellwether/postgres/testing";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { alertsConfigSchema } from "../../config.ts";
import { createApiKey } from "../../identity/apiKeys.ts";
import { FLEET_DAYS, FLEET_START_MS, fleetVin, seedWorkbenchFleet } from "../../testing/workbenchFleet.ts";
import { insertRun } from "../../workbench/runs.ts";
import type { ApiApp } from "../context.ts";
import { createApi } from "../createApi.ts";
import {
  draftAnswerSchema,
  labelImportSchema,
  labelQualitySchema,
  ruleDetailSchema,
  ruleListSchema,
  runDetailSchema,
  stepSchema,
  unjudgedSchema,
} from "../workbenchSchemas.ts";

let postgres: TestPostgres;
let clickhouse: TestStore;
let api: ApiApp;
let rulesDir: string;
let key: string;
let serviceKey: string;
let adminKey: string;

const DAY_MS = 86_400_000;
const window = {
  from: new Date(FLEET_START_MS).toISOString(),
  to: new Date(FLEET_START_MS + FLEET_DAYS * DAY_MS).toISOString(),
};
const idSchema = z.object({ id: z.string(), unknownVehicles: z.array(z.string()).optional() });
const problemSchema = z.object({ status: z.number(), detail: z.string() });

beforeAll(async () => {
  rulesDir = await mkdtemp(join(tmpdir(), "bellwether-test-rules-"));
  await cp(DEFAULT_RULES_DIR, rulesDir, { recursive: true });
  [postgres, clickhouse] = await Promise.all([openTestPostgres(), openTestStore()]);
  await seedWorkbenchFleet(clickhouse.store);
  await insertRun(
    postgres.db,
    { kind: "backtest", ruleId: "lost", ruleHash: "", championHash: null, request: {}, askedBy: "Ana" },
    Date.now() - 1,
  );
  api = await openApi();
  key = await createApiKey(postgres.db, { role: "analyst", name: "Ana" });
  serviceKey = await createApiKey(postgres.db, { role: "service", name: "cron" });
  adminKey = await createApiKey(postgres.db, { role: "admin", name: "cli" });
});

afterAll(async () => {
  await api?.close();
  await Promise.all([postgres.close(), clickhouse.close()]);
  await rm(rulesDir, { recursive: true, force: true });
});

function openApi(own: { rulesDir?: string } = { rulesDir }): Promise<ApiApp> {
  const logger = createLogger({ service: "api", level: "silent" });
  const config = alertsConfigSchema.parse({});
  return createApi({ db: postgres.db, store: clickhouse.store, logger, metrics: createMetrics(), now: Date.now, config, ...own });
}

async function call(method: "GET" | "POST" | "PUT", path: string, body?: object, as = key) {
  return api.inject({ method, url: `/v1${path}`, headers: { "x-api-key": as }, ...(body === undefined ? {} : { payload: body }) });
}
async function answer<T>(schema: z.ZodType<T>, ...request: Parameters<typeof call>): Promise<T> {
  const response = await call(...request);
  expect(response.statusCode, response.body).toBeLessThan(300);
  return schema.parse(response.json());
}
async function refusal(status: number, ...request: Parameters<typeof call>): Promise<string> {
  const response = await call(...request);
  expect(response.statusCode, response.body).toBe(status);
  return problemSchema.parse(response.json()).detail;
}
async function finished(id: string) {
  for (;;) {
    const run = await answer(runDetailSchema, "GET", `/backtests/${id}`);
    if (run.state !== "queued" && run.state !== "running") return run;
    await delay(20);
  }
}
const ruleText = () => readFile(join(rulesDir, "cell-under-voltage.yaml"), "utf8");

test("lists the catalogue and shows a rule with its text and parameters", async () => {
  const { items, dir } = await answer(ruleListSchema, "GET", "/rules");
  expect(dir).toEqual({ isWritable: true, reason: null });
  expect(items.map(({ id }) => id)).toContain("cell-under-voltage");
  const broken = join(rulesDir, "detectors", "tyre-leak.yaml");
  const text = await readFile(broken, "utf8");
  await writeFile(broken, text.replace("status: live", "status: lively"));
  const { detectors, problems } = await answer(ruleListSchema, "GET", "/rules");
  await writeFile(broken, text);
  expect(detectors.map(({ id }) => id)).not.toContain("tyre-leak");
  expect(problems).toEqual([
    { file: "detectors/tyre-leak.yaml", line: 3, column: 9, message: expect.stringContaining("status: Invalid option") },
  ]);
  const rule = await answer(ruleDetailSchema, "GET", "/rules/cell-under-voltage");
  expect(rule.parameters.limit_v).toMatchObject({ default: 2.7, min: 1.8, max: 3.2 });
  expect(rule.overrides).toEqual([{ where: { chemistry: "LFP" }, set: { limit_v: 2.2 } }]);
  expect(await refusal(404, "GET", "/rules/nothing")).toContain("nothing");
});

test("says where a text is wrong, and writes parameters into it", async () => {
  const broken = (await ruleText()).replace("cell_voltage_min_v < {limit_v}", "cell_voltage_mni_v < {limit_v}");
  const lint = await answer(
    z.object({ problems: z.array(z.object({ line: z.number(), column: z.number(), message: z.string() })) }),
    "POST",
    "/rules/lint",
    { text: broken },
  );
  const [problem] = lint.problems;
  const line = broken.split("\n")[(problem?.line ?? 0) - 1] ?? "";
  expect(line.slice((problem?.column ?? 0) - 1)).toMatch(/^cell_voltage_mni_v/);
  const edited = await answer(z.object({ text: z.string() }), "POST", "/rules/lint", {
    text: await ruleText(),
    parameters: { limit_v: 2.9 },
  });
  expect(edited.text).toContain("limit_v: { default: 2.9, min: 1.8");
});

test("back-tests a text with a sweep and keeps the result; twice the same hash", async () => {
  const body = { ...window, rule: { text: await ruleText() }, sweep: [{ parameter: "limit_v", from: 2.5, to: 3.1, count: 61 }] };
  const first = await finished((await answer(idSchema, "POST", "/backtests", body)).id);
  expect(first.error).toBeNull();
  expect(first.report?.score).toMatchObject({ vehicles: 60, true: 14, found: 14, missed: 26 });
  expect(first.report?.sweep?.points.at(-1)).toMatchObject({ found: 40, missed: 0 });
  expect(first.progress?.share).toBeGreaterThan(0);
  const again = await finished((await answer(idSchema, "POST", "/backtests", body)).id);
  expect(again.report?.provenance.resultHash).toBe(first.report?.provenance.resultHash);
  const html = await call("GET", `/backtests/${first.id}/report.html`);
  expect(html.headers["content-type"]).toContain("text/html");
  expect(html.body).toContain("<svg");
});

test("refuses before it starts what is wrong or over its limits", async () => {
  const rule = { ruleId: "cell-under-voltage", parameters: {} };
  expect(await refusal(422, "POST", "/backtests", { ...window, rule, limits: { rowsMax: 100 } })).toMatch(
    /would read about .* the limit is 100/,
  );
  expect(await refusal(422, "POST", "/backtests", { ...window, rule: { ...rule, parameters: { limit_v: 9 } } })).toContain("1.8 to 3.2 V");
  expect(await refusal(404, "POST", "/backtests", { ...window, rule: { ruleId: "nothing" } })).toContain("nothing");
  expect(await refusal(400, "POST", "/backtests", { ...window, rule: {} })).toContain("ruleId");
});

test("runs one at a time, cancels what waits, and marks what an earlier process left", async () => {
  const body = { ...window, rule: { ruleId: "cell-under-voltage" } };
  const { id: first } = await answer(idSchema, "POST", "/backtests", body);
  const { id: second } = await answer(idSchema, "POST", "/backtests", body);
  expect(await answer(z.object({ isCancelled: z.boolean() }), "POST", `/backtests/${second}/cancel`)).toEqual({ isCancelled: true });
  expect((await finished(first)).state).toBe("done");
  expect((await finished(second)).state).toBe("cancelled");
  const { items } = await answer(
    z.object({ items: z.array(z.object({ ruleId: z.string(), state: z.string() })) }),
    "GET",
    "/backtests?ruleId=lost",
  );
  expect(items).toEqual([{ ruleId: "lost", state: "interrupted" }]);
});

test("a draft goes into shadow and live behind the gate, and back again; all of it is recorded", async () => {
  const text = (await ruleText()).replace("limit_v: { default: 2.7", "limit_v: { default: 3.0");
  const draft = await answer(draftAnswerSchema, "POST", "/drafts", { ruleId: "cell-under-voltage", text, note: "earlier warning" });
  const body = { text, note: "the same", revision: draft.revision };
  const saved = await answer(draftAnswerSchema, "PUT", `/drafts/${draft.id}`, body);
  expect(saved.revision).toBe(2);
  expect(await refusal(409, "PUT", `/drafts/${draft.id}`, body)).toContain("read it again");
  expect(await refusal(403, "POST", `/drafts/${draft.id}/shadow`, undefined, serviceKey)).toContain("service");

  const shadow = await answer(stepSchema, "POST", `/drafts/${draft.id}/shadow`);
  expect(shadow).toMatchObject({ isWritten: true, ruleId: "cell-under-voltage-v2" });
  const reason = { reason: "finds all of them" };
  expect(await refusal(409, "POST", "/rules/cell-under-voltage-v2/promote", reason)).toContain("no finished comparison");
  await finished((await answer(idSchema, "POST", "/comparisons", comparisonOf({ ...window, sampleShare: 0.2 }))).id);
  expect(await refusal(409, "POST", "/rules/cell-under-voltage-v2/promote", reason)).toMatch(/gate refuses: enough faults: \d+ confirmed/);
  const compared = await finished((await answer(idSchema, "POST", "/comparisons", comparisonOf(window))).id);
  expect(compared.comparison?.gate.isPassed).toBe(true);
  expect(compared.comparison?.agreed).toHaveLength(14);
  expect(compared.comparison?.onlyB).toHaveLength(26);
  expect(await answer(stepSchema, "POST", "/rules/cell-under-voltage-v2/promote", reason)).toMatchObject({ isWritten: true });
  expect(await statuses()).toEqual({ "cell-under-voltage": "retired", "cell-under-voltage-v2": "live" });

  const promoted = await answer(ruleDetailSchema, "GET", "/rules/cell-under-voltage-v2");
  expect(promoted.evidence).toMatchObject({ chosenBy: "analyst:Ana", parameters: { limit_v: 3 }, score: { recall: 1 } });
  expect(promoted.evidence?.resultHash).toBe(compared.comparison?.b.provenance.resultHash);

  await answer(stepSchema, "POST", "/rules/cell-under-voltage-v2/rollback", { reason: "too many calls" });
  expect(await statuses()).toEqual({ "cell-under-voltage": "live", "cell-under-voltage-v2": "retired" });
  const { events } = await answer(ruleDetailSchema, "GET", "/rules/cell-under-voltage");
  const actions = [...new Set(events.map(({ action }) => action))].reverse();
  expect(actions).toEqual(["draft saved", "shadow", "promotion refused", "promote", "rollback"]);
  expect(await readdir(rulesDir)).toContain("audit.jsonl");
});

test("a draft file goes on and back by the same routes; passing the gate is for an admin and is on record with what it said", async () => {
  const text = (await ruleText()).replace("id: cell-under-voltage", "id: cell-early\nchallenges: cell-under-voltage");
  await writeFile(join(rulesDir, "cell-early.yaml"), text.replace("status: live", "status: draft").replace("default: 2.7", "default: 2.9"));
  const early = (verb: string, body: object, as?: string) => ["POST", `/rules/cell-early/${verb}`, body, as] as const;
  const reason = { reason: "for the pilot fleet" };
  const first = await answer(stepSchema, ...early("promote", reason));
  expect(first.files).toMatchObject([{ ruleId: "cell-early", from: "draft", to: "shadow" }]);
  expect(await refusal(403, ...early("promote", { ...reason, isForced: true, actor: "Bo", gate: { faultsMin: 0 } }))).toContain(
    "actor, isForced, gate: only with the key of an admin",
  );
  const picked = comparisonOf({ ...window, vehicles: [fleetVin(1)] }, "cell-early");
  await finished((await answer(idSchema, "POST", "/comparisons", picked)).id);
  expect(await refusal(409, ...early("promote", reason))).toContain("no finished comparison");
  const forced = await answer(stepSchema, ...early("promote", { ...reason, isForced: true, actor: "Bo" }, adminKey));
  expect(forced.files.map(({ ruleId, from, to }) => `${ruleId} ${from} ${to}`)).toEqual([
    "cell-early shadow live",
    "cell-under-voltage live retired",
  ]);
  await answer(stepSchema, ...early("rollback", reason, adminKey));
  const { events } = await answer(ruleDetailSchema, "GET", "/rules/cell-early");
  expect(events.map(({ action, actor }) => `${action} by ${actor}`)).toEqual([
    "rollback by admin:cli",
    "rollback by admin:cli",
    "promote by Bo (admin:cli)",
    "promote by Bo (admin:cli)",
    "promotion refused by analyst:Ana",
    "shadow by analyst:Ana",
  ]);
  expect(events.find(({ action }) => action === "promote")?.detail).toMatch(
    /pilot fleet \(forced, although there is no finished comparison/,
  );
});

test("a run can be held to what an earlier one saw, and to labels that came with it", async () => {
  const rule = { text: await ruleText() };
  const first = await finished((await answer(idSchema, "POST", "/backtests", { ...window, rule })).id);
  const snapshot = first.report?.provenance.snapshot;
  const again = await finished((await answer(idSchema, "POST", "/backtests", { ...window, rule, snapshot })).id);
  expect(again.report?.provenance.resultHash).toBe(first.report?.provenance.resultHash);
  const stray = { id: "l1", vin: "NOBODYSCAR", component: "battery_cell", outcome: "confirmed", atMs: Date.parse(window.from) };
  const bareRun = await answer(idSchema, "POST", "/backtests", { ...window, rule, labels: [stray] });
  expect(bareRun.unknownVehicles).toEqual(["NOBODYSCAR"]);
  const bare = await finished(bareRun.id);
  expect(bare.report?.score).toMatchObject({ found: 0, missed: 0 });
});

test("a table's days come as a file; an unknown table or too many days are refused", async () => {
  const days = `from=${window.from.slice(0, 10)}&to=${window.to.slice(0, 10)}`;
  const response = await call("GET", `/exports/labels?${days}&format=arrow`);
  expect(response.statusCode, response.body).toBe(200);
  expect(response.headers).toMatchObject({ "x-rows": "40", "content-disposition": expect.stringContaining("labels-2026") });
  expect(response.rawPayload.subarray(0, 6).toString()).toBe("ARROW1");
  expect(await refusal(400, "GET", `/exports/api_keys?${days}`)).toContain("expected one of findings");
  expect(await refusal(400, "GET", "/exports/labels?from=2020-01-01&to=2026-01-01")).toContain("400 days");
});

const comparisonOf = (scope: object, ruleId = "cell-under-voltage-v2") => ({
  ...scope,
  champion: { ruleId: "cell-under-voltage" },
  challenger: { ruleId },
});
async function statuses() {
  const { rules } = await loadRules(rulesDir);
  return Object.fromEntries(rules.filter(({ id }) => id.startsWith("cell-under-voltage")).map(({ id, status }) => [id, status]));
}

test("a draft whose examples do not behave is not put in shadow", async () => {
  const text = (await ruleText()).replace("for: 1 min", "for: 1 h");
  const draft = await answer(draftAnswerSchema, "POST", "/drafts", { ruleId: "cell-under-voltage", text });
  expect(await refusal(409, "POST", `/drafts/${draft.id}/shadow`)).toContain(
    'example "Held for two minutes.": expected to fire once, fired 0 times',
  );
});

test("never writes to the rules that ship with it: the files are ready for a pull request", async () => {
  const shipped = await openApi({});
  const own = api;
  api = shipped;
  try {
    const draft = await answer(draftAnswerSchema, "POST", "/drafts", {
      ruleId: "cell-under-voltage",
      text: await readFile(join(DEFAULT_RULES_DIR, "cell-under-voltage.yaml"), "utf8"),
    });
    const step = await answer(stepSchema, "POST", `/drafts/${draft.id}/shadow`);
    expect(step.isWritten).toBe(false);
    expect(step.reason).toContain("ANALYTICS_RULES_DIR");
    expect(step.files[0]?.text).toContain("status: shadow");
    expect(await readdir(DEFAULT_RULES_DIR)).not.toContain(step.files[0]?.file);
  } finally {
    api = own;
    await shipped.close();
  }
});

test("explains why a rule fired and why it did not", async () => {
  const at = new Date(FLEET_START_MS + 30 * DAY_MS + 9 * 3_600_000).toISOString();
  const schema = z.object({
    verdict: z.string(),
    condition: z.array(z.object({ holds: z.boolean().nullable(), left: z.unknown(), right: z.unknown() })),
  });
  const sick = await answer(schema, "GET", `/explain?rule=cell-under-voltage&vin=${fleetVin(40)}&at=${at}`);
  expect(sick.verdict).toMatch(/^Fired/);
  const mild = await answer(schema, "GET", `/explain?rule=cell-under-voltage&vin=${fleetVin(1)}&at=${at}`);
  expect(mild.verdict).toMatch(/^Not fired/);
  expect(mild.condition[0]).toMatchObject({ holds: false });
});

test("labels by CSV with a mapping: the good rows land, the bad are listed, contradictions stay", async () => {
  const csv = [
    "VIN,Date,Operation,Result",
    `${fleetVin(50)},2026-03-10,BAT01,OK`,
    `${fleetVin(50)},2026-03-10,BAT01,defect`,
    "NOBODY,2026-03-10,BAT01,OK",
    `${fleetVin(51)},2036-03-10,BAT01,OK`,
  ].join("\n");
  const mapping = {
    columns: { vin: "VIN", at: "Date", operation: "Operation", outcome: "Result" },
    operations: { "BAT*": "battery_cell" },
    outcomes: { OK: "no_fault_found", defect: "confirmed" },
  };
  const { labels, problems } = await answer(labelImportSchema, "POST", "/labels", { source: "DMS", csv, mapping });
  expect(labels).toBe(2);
  expect(problems.map(({ line }) => line)).toEqual([4, 5]);
  const { sources } = await answer(labelQualitySchema, "GET", "/labels/quality");
  expect(sources.find(({ source }) => source === "import:DMS")).toMatchObject({ labels: 2, conflicting: 2, findingsLabelled: 1 });
});

test("live firings are held against labels, silence counts as unknown", async () => {
  const { items } = await answer(ruleListSchema, "GET", "/rules");
  const rule = items.find(({ id }) => id === "cell-under-voltage");
  expect(rule?.live).toMatchObject({ firings: 16, alerts: 16, vehicles: 16, true: 14, false: 0, unknown: 2 });
});

test("an engineer's verdict takes a finding off the list of those nobody judged", async () => {
  const before = await answer(unjudgedSchema, "GET", "/labels/unjudged");
  const [finding] = before.items;
  const row = {
    id: `verdict/${finding?.id}`,
    vin: finding?.vin,
    component: finding?.component,
    outcome: "no_fault_found",
    at: finding?.lastSeen,
    sourceId: finding?.sourceId,
  };
  expect(await answer(labelImportSchema, "POST", "/labels", { rows: [row] })).toEqual({ labels: 1, problems: [] });
  const after = await answer(unjudgedSchema, "GET", "/labels/unjudged");
  expect(after.total).toBe(before.total - 1);
  expect(after.items.map(({ id }) => id)).not.toContain(finding?.id);
});
