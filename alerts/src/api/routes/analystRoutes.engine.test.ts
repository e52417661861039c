import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { openTestPostgres, type TestPostgres } from "@bellwether/postgres/testing";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { afterAll, beforeAll, expect, test } from "vitest";
import { alertsConfigSchema } from "../../config.ts";
import { createApiKey } from "../../identity/apiKeys.ts";
import type { ApiApp } from "../context.ts";
import { createApi } from "../createApi.ts";

let postgres: TestPostgres;
let clickhouse: TestStore;
let api: ApiApp;
let key = "";

const rate = (week: string, model: string, state: string, revision = 1) => ({
  week,
  kind: "code",
  family: "obd:P0A93",
  model,
  region: "",
  events: 6,
  vehicle_weeks: 20,
  expected: 2,
  state,
  ratio: state === "raised" ? 3 : null,
  parts: [],
  computed_at: `2026-03-0${revision}T00:00:00.000Z`,
});
const finding = (id: string, day: string) => ({
  id,
  day,
  kind: id === "b" ? "peer-outliers" : "common-cause",
  source_id: "insulation-low",
  group_kind: "model",
  group_name: "M1",
  vehicles: 20,
  expected: 0.5,
  group_size: 100,
  p_value: 1e-9,
  vins: ["A", "B"],
  evidence: "{}",
  sentence: "Twenty cars at once.",
  sentence_zh: "同一天有20辆车。",
  revision: 1,
});

beforeAll(async () => {
  [postgres, clickhouse] = await Promise.all([openTestPostgres(), openTestStore()]);
  const { store } = clickhouse;
  const rates = [
    rate("2026-01-05", "M1", "raised"),
    rate("2026-01-12", "M1", "usual"),
    rate("2026-01-12", "M2", "raised"),
    rate("2026-01-12", "M3", "raised"),
  ];
  await store.insertRows("fleet_rates", rates, { token: "rates" });
  await store.insertRows("fleet_findings", [finding("a", "2026-01-01"), finding("b", "2026-01-03"), finding("c", "2026-01-03")], {
    token: "found",
  });
  // 200 quiet hours of 12 V, then a drop by 2 V.
  const telemetry = Array.from({ length: 240 }, (_, hour) => ({
    vin: "SCORED1",
    event_time: new Date(Date.parse("2026-01-01T00:00:00Z") + hour * 3_600_000).toISOString(),
    received_time: "2026-02-01T00:00:00.000Z",
    format: "sample-json",
    aux_voltage_v: hour < 200 ? 12.6 + 0.05 * Math.sin(hour * 1.7) : 10.6,
  }));
  await store.insertRows("telemetry", telemetry, { token: "telemetry" });
  const logger = createLogger({ service: "api", level: "silent" });
  api = await createApi({ db: postgres.db, store, logger, metrics: createMetrics(), now: Date.now, config: alertsConfigSchema.parse({}) });
  key = await createApiKey(postgres.db, { role: "analyst", name: "Ana" });
});
afterAll(async () => {
  await api?.close();
  await Promise.all([postgres.close(), clickhouse.close()]);
});

async function get(url: string) {
  const answer = await api.inject({ url, headers: { "x-api-key": key } });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json();
}

test("the newest week of each family and place, by state, page by page", async () => {
  const all = await get("/v1/fleet/rates");
  expect(all.items.map(({ model, week, state }: Record<string, string>) => [model, week, state])).toEqual([
    ["M1", "2026-01-12", "usual"],
    ["M2", "2026-01-12", "raised"],
    ["M3", "2026-01-12", "raised"],
  ]);
  const first = await get("/v1/fleet/rates?state=raised&limit=1");
  expect(first.items.map(({ model }: Record<string, string>) => model)).toEqual(["M2"]);
  const second = await get(`/v1/fleet/rates?state=raised&limit=1&cursor=${first.nextCursor}`);
  expect(second.items.map(({ model, ratio }: Record<string, string>) => [model, ratio])).toEqual([["M3", 3]]);
  expect(second.nextCursor).toBeNull();
});

test("fleet findings, newest first, page by page", async () => {
  const first = await get("/v1/fleet/findings?limit=2");
  expect(first.items.map(({ id }: Record<string, string>) => id)).toEqual(["c", "b"]);
  const second = await get(`/v1/fleet/findings?limit=2&cursor=${first.nextCursor}`);
  expect(second.items.map(({ id, vins }: Record<string, string>) => [id, vins])).toEqual([["a", ["A", "B"]]]);
  const common = await get("/v1/fleet/findings?kind=common-cause");
  expect(common.items.map(({ id }: Record<string, string>) => id)).toEqual(["c", "a"]);
});

test("scores of a signal nobody wrote a detector for", async () => {
  const scored = await get("/v1/vehicles/SCORED1/scores?name=auxVoltageV");
  expect(scored.at).toHaveLength(240);
  expect(scored.unit).toBe("V");
  expect(scored.alarms).toHaveLength(1);
  expect(scored.alarms[0] >= "2026-01-09T08:00:00.000Z" && scored.alarms[0] < "2026-01-09T14:00:00.000Z").toBe(true);
  const refused = await api.inject({ url: "/v1/vehicles/SCORED1/scores?name=vehicleState", headers: { "x-api-key": key } });
  expect(refused.statusCode).toBe(400);
});

test("scores of an outside model: the good rows land, the bad are listed", async () => {
  const headers = { "x-api-key": key, "content-type": "application/json" };
  const send = (body: object) => api.inject({ method: "POST", url: "/v1/outside-scores", headers, payload: JSON.stringify(body) });
  const csv = "vin,at,score\nSCORED1,2026-01-05,0.4\nNOBODY,2026-01-05,0.4\nSCORED1,2026-01-06,much\nSCORED1,2199-01-01,0.4\n";
  const sent = await send({ model: "cell-risk", version: "3", csv });
  expect(sent.json()).toEqual({
    scores: 1,
    problems: [
      "line 3: vin: NOBODY is not a vehicle of this fleet",
      "line 4: score: expected a number",
      "line 5: at: expected a time from 2000 until now, got 2199-01-01",
    ].sort(),
  });
  expect((await send({ model: "cell-risk", rows: [{ vin: "SCORED1", at: "2026-01-05", score: 0.6 }] })).json()).toMatchObject({
    scores: 1,
  });
  expect((await send({ model: "x'; DROP TABLE labels", rows: [] })).statusCode).toBe(400);
  expect((await send({ model: "cell-risk" })).statusCode).toBe(400);
  const listed = await api.inject({ url: "/v1/outside-scores", headers: { "x-api-key": key } });
  expect(listed.json()).toMatchObject({ items: [{ model: "cell-risk", scores: 1, vehicles: 1, lastAt: "2026-01-05T00:00:00.000Z" }] });
});
