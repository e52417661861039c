import { readFile } from "node:fs/promises";
import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { DEFAULT_RULES_DIR } from "../../catalogue.ts";
import { compileRule } from "../../rules/compile.ts";
import { foldEpisodes, type OpenEpisode } from "../../rules/episodes.ts";
import { RUN_STATES } from "../../rules/runs.ts";
import { stateRowsSql } from "../../rules/stateRows.ts";
import { seededUnit } from "../../stats/seededUnit.ts";
import { createSeeder, type SeedRow } from "../../testing/seed.ts";
import { planBacktest, runBacktest, runPlan } from "./backtest.ts";
import type { Plan } from "./plan.ts";
import { backtestRequest } from "./request.ts";
import { episodeRule } from "./runPiece.ts";

const START_MS = Date.parse("2026-03-01T00:00:00Z");
const DAY_MS = 86_400_000;
const RULE_TEXT = await readFile(`${DEFAULT_RULES_DIR}/cell-under-voltage.yaml`, "utf8");
let test: TestStore;

/** Every minute of the day's first two hours; car k sinks for five minutes to 2.8 V - k * 0.1 on day 2. */
function rows(): SeedRow[] {
  return Array.from({ length: 8 }, (_, car) =>
    Array.from({ length: 5 * 120 }, (__, i) => {
      const day = Math.floor(i / 120);
      const minute = i % 120;
      const sunkV = 2.85 - car * 0.1;
      const isSunk = day === 2 && minute >= 30 && minute < 35;
      return { vin: `CAR${car}`, atMs: START_MS + day * DAY_MS + minute * 60_000, cell_voltage_min_v: isSunk ? sunkV : 3.9 };
    }),
  ).flat();
}

const LATER_MS = START_MS + 100 * DAY_MS;

/** Three cars over twelve days: calm days, silent ones, and others with levels that change every twelve minutes, also between firing and clear; each day ends with a charge. */
function wander(): SeedRow[] {
  const unit = seededUnit(7);
  return Array.from({ length: 3 }, (_, car) => {
    let levelV = 3.9;
    return Array.from({ length: 12 * 60 }, (__, i): SeedRow => {
      const [day, row] = [Math.floor(i / 60), i % 60];
      if (row % 6 === 0) levelV = day % 3 === car || unit() < 0.4 ? 3.9 : 2 + 1.5 * unit();
      const isMissing = unit() < (day % 4 === 3 ? 1 : 0.1);
      const atMs = LATER_MS + day * DAY_MS + row * 120_000;
      return { vin: `WANDERER${car}`, atMs, cell_voltage_min_v: isMissing ? null : levelV, charge_state: chargeStateAt(row) };
    });
  }).flat();
}

function chargeStateAt(row: number): string {
  return row > 56 ? "parked_charging" : "not_charging";
}

const request = (extra: Parameters<typeof backtestRequest>[0]["extra"] = {}) =>
  backtestRequest({ ruleText: RULE_TEXT, ruleFile: "cell-under-voltage.yaml", fromMs: START_MS, toMs: START_MS + 6 * DAY_MS, extra });
const now = () => 0;

/** The firings of a plan by the live engine's own fold over every row from the warm-up on; nobody reports in the three hours before the window. */
async function foldedRowByRow({ rule, request: { fromMs, toMs } }: Plan) {
  const compiled = compileRule(rule);
  const vins = ["WANDERER0", "WANDERER1", "WANDERER2"];
  const lines = await test.store.query(
    `SELECT vin, at_ms, states[1] AS state FROM (${stateRowsSql([compiled], { rowFilter: "1", lookbackMs: compiled.lookbackMs })}) ORDER BY at_ms`,
    z.object({ vin: z.string(), at_ms: z.number(), state: z.number() }),
    { params: { vins, froms: vins.map(() => fromMs - 3 * 3_600_000), until: toMs - 1 } },
  );
  return vins.flatMap((vin) => {
    const runs = lines
      .filter((line) => line.vin === vin)
      .map(({ at_ms: atMs, state }) => ({ state: RUN_STATES.get(state) ?? ("unknown" as const), fromMs: atMs, toMs: atMs, samples: 1 }));
    const last = new Map<number, Omit<OpenEpisode, "lastFiringMs" | "clearSinceMs">>();
    const { events, state } = foldEpisodes(episodeRule(rule), null, runs);
    for (const episode of [...events.map((event) => event.episode), ...(state?.open ? [state.open] : [])])
      last.set(episode.startMs, episode);
    return [...last.values()]
      .filter(({ knownMs }) => knownMs >= fromMs)
      .map(({ startMs, knownMs, samples }) => ({ vin, startMs, knownMs, samples }));
  });
}

beforeAll(async () => {
  test = await openTestStore();
  await createSeeder(test.store).land([...rows(), ...wander()]);
});
afterAll(() => test.close());

describe("a back-test", () => {
  it("finds the cars below the limit, and says when the alert would have gone out", async () => {
    const report = await runBacktest(test.store, request(), { now });
    expect(report.firings.map(({ vin }) => vin)).toEqual(["CAR2", "CAR3", "CAR4", "CAR5", "CAR6", "CAR7"]);
    const startMs = START_MS + 2 * DAY_MS + 30 * 60_000;
    expect(report.firings[0]).toMatchObject({ startMs, knownMs: startMs + 60_000, lastFiringMs: startMs + 4 * 60_000, samples: 5 });
    expect(report.score).toMatchObject({ vehicles: 8, firings: 6, alerts: 6, unknown: 6, rows: 8 * 600 });
  });

  it("gives at each swept value what a back-test of that value alone gives", async () => {
    const values = [2, 2.2, 2.4, 2.5, 2.6, 2.7, 2.8, 2.9];
    const { sweep } = await runBacktest(test.store, request({ sweep: [{ parameter: "limit_v", values }] }), { now });
    const alone = [];
    for (const limit of values) {
      const { score } = await runBacktest(test.store, request({ parameters: { limit_v: limit } }), { now });
      alone.push(score.firings);
    }
    expect(sweep?.points.map(({ firings }) => firings)).toEqual(alone);
    expect(sweep?.present).toBe(5);
    const grid = [
      { parameter: "limit_v", values },
      { parameter: "impossible_v", values: [1, 1.5, 1.8] },
    ];
    const two = await runBacktest(test.store, request({ sweep: grid }), { now });
    expect(two.sweep?.points.filter((_, index) => index % 3 === 1).map(({ firings }) => firings)).toEqual(alone);
  });

  it.each([
    { of: "a row's own values", and: "" },
    // Most days look back to the charge at the end of the day before.
    { of: "rows up to a day before", and: " AND fall(cell_voltage_min_v) SINCE LAST CHARGE > -0.5" },
    { of: "the last five rows", and: "", hold: "3 of 5 samples" },
    { of: "more rows than a spell has", and: "", hold: "7 of 30 samples" },
  ])("gives from days told by their ends what reading every row gives: $of", async ({ and, hold = "2 min" }) => {
    const sweep = [{ parameter: "limit_v", values: [2, 2.3, 2.6, 2.8, 3] }];
    const window = { fromMs: LATER_MS + DAY_MS, toMs: LATER_MS + 12 * DAY_MS };
    const ruleText = RULE_TEXT.replace("after: 3 d", "after: 2 h")
      .replace("for: 1 min", `for: ${hold}`)
      .replace("> {impossible_v}", `> {impossible_v}${and}`);
    const plan = await planBacktest(test.store, { ...request({ sweep }), ...window, ruleText });
    const whole = await runPlan(test.store, { ...plan, prefilter: { ...plan.prefilter, calmSql: null } }, { now });
    const told = await runPlan(test.store, plan, { now });
    expect(told.provenance.resultHash).toBe(whole.provenance.resultHash);
    expect(told.firings.map(({ vin, startMs, knownMs, samples }) => ({ vin, startMs, knownMs, samples }))).toEqual(
      await foldedRowByRow(plan),
    );
    expect(told.score.firings).toBeGreaterThan(4);
    // Within a fortnight whatever returns is one alert per car.
    expect(told.score.alerts).toBe(new Set(told.firings.map(({ vin }) => vin)).size);
    expect(told.sweep?.points.map(({ alerts }) => alerts <= 3)).toEqual([true, true, true, true, true]);
  });

  it("gives the same hash twice", async () => {
    const extra = { sweep: [{ parameter: "limit_v", values: [2.5, 2.6] }] };
    const [a, b] = [await runBacktest(test.store, request(extra), { now }), await runBacktest(test.store, request(extra), { now })];
    expect(a.provenance).toEqual(b.provenance);
    expect(a.provenance.snapshot).toHaveLength(1);
  });

  it("says before it starts that it would exceed its limit", async () => {
    const limits = { rowsMax: 100, secondsMax: 600 };
    await expect(runBacktest(test.store, request({ limits }), { now })).rejects.toThrow(/would read about [\d,]+ rows, the limit is 100/);
    const short = { rowsMax: 1_000_000, secondsMax: 0.0001 };
    await expect(planBacktest(test.store, request({ limits: short }))).rejects.toThrow(/would take about \d+ s, the limit is 0.0001 s/);
  });

  it("tells how long it would take from what one day of the window took", async () => {
    const fromMs = START_MS + 300 * DAY_MS;
    await test.store.command(
      `INSERT INTO telemetry (vin, event_time, cell_voltage_min_v)
       SELECT 'DENSE', fromUnixTimestamp64Milli(${fromMs + 5 * DAY_MS} + number * 800, 'UTC'), 3.9 FROM numbers(105000)`,
    );
    const limited = (secondsMax: number) => ({
      ...request({ limits: { rowsMax: 1e9, secondsMax } }),
      fromMs,
      toMs: fromMs + 11 * DAY_MS,
    });
    let atMs = 0;
    const slow = { now: () => (atMs += 2000) };
    await expect(planBacktest(test.store, limited(0.25), slow)).rejects.toThrow(/would take about [34] s, the limit is 0.25 s/);
    expect((await planBacktest(test.store, limited(0.005), { now })).rowsEstimated).toBeGreaterThanOrEqual(105_000);
  });

  it("stops when asked", async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(runBacktest(test.store, request(), { now, signal: stop.signal })).rejects.toThrow();
  });

  it("stops within a piece, with the reason it was given, and reads nothing more", async () => {
    const stop = new AbortController();
    const signals: (AbortSignal | undefined)[] = [];
    const watched: typeof test.store = {
      ...test.store,
      query(sql, row, options) {
        if (sql.includes("day_may_fire")) stop.abort(new Error("enough"));
        signals.push(options?.signal);
        return test.store.query(sql, row, options);
      },
    };
    await expect(runBacktest(watched, request(), { now, signal: stop.signal })).rejects.toThrow("enough");
    expect(signals.at(-1)).toBe(stop.signal);
    expect(signals.filter((signal) => signal !== undefined)).toHaveLength(1);
  });

  it("refuses parameters and sweeps outside the rule's bounds", async () => {
    await expect(runBacktest(test.store, request({ parameters: { limit_v: 9 } }), { now })).rejects.toThrow("expected 1.8 to 3.2 V, got 9");
    const sweep = [{ parameter: "limit", values: [2] }];
    await expect(runBacktest(test.store, request({ sweep }), { now })).rejects.toThrow('"limit" is not a parameter');
  });
});
