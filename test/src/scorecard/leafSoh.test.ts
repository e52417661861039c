import { createRandom } from "@bellwether/simulator/random";
import { expect, it } from "vitest";
import { type LeafCar, type LeafSohRow, predictSoh, sohLabels } from "./leafSoh.ts";

/** Drives of ten minutes every day, from 90 % down by a tenth; the displayed energy follows the capacity, the current aliases. */
function car(vehicle: string, seed: number, { weeks = 40, startAh = 56 } = {}): LeafCar {
  const random = createRandom(seed);
  const rows: LeafSohRow[] = [];
  for (let day = 0; day < 7 * weeks; day += 1) {
    const capacityAh = startAh - 0.01 * day;
    for (let i = 0; i < 60; i += 1) {
      const socPct = 90 - i / 6 - 5 * (day % 7);
      const currentA = 0.9 * (capacityAh / 100 / 6) * 360 + random.normal(0, 3);
      const energy = Math.round(capacityAh * (0.051 * socPct - 0.6));
      rows.push({ atS: 1.5e9 + 86_400 * day + 10 * i, socPct, energy, tempC: 25, currentA, capacityAh, sohPct: capacityAh / 0.654 });
    }
  }
  return { vehicle, rows };
}

const blind = (known: LeafCar): LeafCar => ({ ...known, rows: known.rows.map((row) => ({ ...row, capacityAh: null, sohPct: null })) });
const train = [car("teacher", 1)];

it("a strange car without labels gets a value every week, within half a point, and no jump without a cause", () => {
  const strange = car("strange", 2, { startAh: 52 });
  const truth = sohLabels(strange, train);
  const lines = [...predictSoh(blind(strange), train)];
  expect(lines).toHaveLength(40);
  for (const { week, soh_pct } of lines) expect(Math.abs((soh_pct ?? 0) - (truth.get(week) ?? 0))).toBeLessThan(0.5);
  expect(lines.filter(({ cause }) => cause !== null).map(({ week, cause }) => [week, cause])).toEqual([[0, "first_value"]]);
});

it("a car without displayed energy is judged by its counted charge, with an interval that says how little that is", () => {
  const strange = car("strange", 2);
  const rows = strange.rows.map((row) => ({ ...row, energy: null, tempC: null }));
  const [first] = predictSoh({ ...strange, rows }, train);
  expect(first?.evidence).toBe("counted charge");
  expect((first?.high80 ?? 0) - (first?.low80 ?? 0)).toBeGreaterThan(3);
  expect(Math.abs((first?.soh_pct ?? 0) - 85.5)).toBeLessThan(5);
});

it("says that there is no evidence instead of a number", () => {
  const [only] = predictSoh(
    { vehicle: "mute", rows: train[0]?.rows.slice(0, 5).map((row) => ({ ...row, energy: null, currentA: null })) ?? [] },
    train,
  );
  expect(only).toMatchObject({ soh_pct: null, evidence: "none: too few rows with energy or current" });
});

it("a car never teaches its own weeks nearby: without other cars and half a year's distance there is no energy curve", () => {
  const short = car("short", 3, { weeks: 10 });
  const lines = [...predictSoh(short, [short])];
  expect(new Set(lines.map(({ evidence }) => evidence))).toEqual(new Set(["counted charge"]));
});
