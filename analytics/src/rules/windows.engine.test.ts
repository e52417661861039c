import { readFile } from "node:fs/promises";
import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { DEFAULT_RULES_DIR } from "../catalogue.ts";
import { seededUnit } from "../stats/seededUnit.ts";
import { createSeeder } from "../testing/seed.ts";
import { compileRule } from "./compile.ts";
import { readRule } from "./readRules.ts";
import { stateRowsSql } from "./stateRows.ts";

/** What a condition's look-backs give in the database, against counting by hand: `OVER 10 min` and `SINCE LAST CHARGE`. */

const START_MS = Date.parse("2026-03-01T00:00:00Z");
const TEXT = await readFile(`${DEFAULT_RULES_DIR}/cell-under-voltage.yaml`, "utf8");

interface Report {
  readonly vin: string;
  readonly atMs: number;
  readonly soc_pct: number | null;
  readonly charge_state: string | null;
}
let test: TestStore;

/** Two days of two cars with pauses, missing values and charges; the second car never charges. */
function reports(): readonly Report[] {
  const unit = seededUnit(5);
  return ["CHARGES", "NEVER"].flatMap((vin) => {
    let atMs = START_MS;
    return Array.from({ length: 400 }, (_, i): Report => {
      atMs += 1000 * Math.ceil(unit() * (unit() < 0.05 ? 7200 : 240));
      const isCharging = vin === "CHARGES" && i % 90 > 70;
      return {
        vin,
        atMs,
        soc_pct: unit() < 0.1 ? null : Math.round(unit() * 100),
        charge_state: unit() < 0.05 ? null : isCharging ? "parked_charging" : "not_charging",
      };
    });
  });
}
const landed = reports();
const minutes = (ms: number) => ms / 60_000;

beforeAll(async () => {
  test = await openTestStore();
  await createSeeder(test.store).land(landed.map((report) => ({ ...report })));
});
afterAll(() => test.close());

/** The expression's value at every report, in order. */
async function measured(expression: string): Promise<readonly (number | null)[]> {
  const text = TEXT.replace("measure: { expression: cell_voltage_min_v", `measure: { expression: "${expression}"`);
  const read = readRule("rule.yaml", text);
  if (!read.ok) throw new Error(read.problems.join("\n"));
  const rule = compileRule(read.value);
  const sql = stateRowsSql([rule], { rowFilter: "1", lookbackMs: rule.lookbackMs }, ["soc_pct"]);
  const rows = await test.store.query(
    `SELECT measure_0 AS measure FROM (${sql}) ORDER BY vin, at_ms`,
    z.object({ measure: z.number().nullable() }),
    {
      params: { vins: ["CHARGES", "NEVER"], froms: [START_MS, START_MS], until: START_MS + 30 * 86_400_000 },
    },
  );
  return rows.map(({ measure }) => measure);
}

/** The same by hand, from the earlier reports of the same car within the window, the present one included. */
function byHand(windowMinutes: number, value: (now: Report, window: readonly Report[]) => number | null): readonly (number | null)[] {
  return landed.map((now) =>
    value(
      now,
      landed.filter(({ vin, atMs }) => vin === now.vin && atMs <= now.atMs && minutes(now.atMs - atMs) <= windowMinutes),
    ),
  );
}

function change(now: Report, since: Report | undefined): number | null {
  return now.soc_pct === null || since === undefined || since.soc_pct === null ? null : now.soc_pct - since.soc_pct;
}

function perMinute(now: Report, since: Report | undefined): number | null {
  const rise = change(now, since);
  return rise === null || since === undefined || since.atMs === now.atMs ? null : rise / minutes(now.atMs - since.atMs);
}

function expectClose(got: readonly (number | null)[], wanted: readonly (number | null)[]): void {
  expect(got).toHaveLength(wanted.length);
  expect(got.map((value) => value === null)).toEqual(wanted.map((value) => value === null));
  got.forEach((value, i) => {
    expect(value ?? 0).toBeCloseTo(wanted[i] ?? 0, 4);
  });
}

describe("look-backs of a condition", () => {
  it("rate OVER 10 min is the change per minute since the window's first report that has the value", async () => {
    const wanted = byHand(10, (now, window) =>
      perMinute(
        now,
        window.find(({ soc_pct }) => soc_pct !== null),
      ),
    );
    expect(wanted.filter((value) => value !== null).length).toBeGreaterThan(300);
    expectClose(await measured("rate(soc_pct) OVER 10 min"), wanted);
  });

  it("rise and highest OVER look at the window's lowest and highest value", async () => {
    const known = (window: readonly Report[]) => window.flatMap(({ soc_pct }) => soc_pct ?? []);
    expectClose(
      await measured("rise(soc_pct) OVER 2 h"),
      byHand(120, (now, window) => (now.soc_pct === null ? null : now.soc_pct - Math.min(...known(window)))),
    );
    expectClose(
      await measured("highest(soc_pct, 30)"),
      byHand(30, (_, window) => (known(window).length === 0 ? null : Math.max(...known(window)))),
    );
  });

  it("SINCE LAST CHARGE compares with the last report of a charge that has the value; unknown without one within a day", async () => {
    const atCharge = (window: readonly Report[]) =>
      window.filter((one) => one.charge_state === "parked_charging" && one.soc_pct !== null).at(-1);
    const wanted = byHand(24 * 60, (now, window) => change(now, atCharge(window)));
    const known = wanted.filter((value) => value !== null).length;
    expect(known).toBeGreaterThan(100);
    expect(known).toBeLessThan(400);
    expectClose(await measured("rise(soc_pct) SINCE LAST CHARGE"), wanted);
    expectClose(
      await measured("fall(soc_pct) SINCE LAST CHARGE"),
      wanted.map((value) => (value === null ? null : -value)),
    );
    expectClose(
      await measured("rate(soc_pct) SINCE LAST CHARGE"),
      byHand(24 * 60, (now, window) => perMinute(now, atCharge(window))),
    );
  });
});
