import { createRandom } from "@bellwether/simulator/random";
import { describe, expect, it } from "vitest";
import { AXLE_SHARE, learnPadWear, padEnergyLife, type WearObservation } from "./padEnergy.ts";

const observation = (model: string, pctPerMj: number, by: "sensor" | "repair" = "sensor"): WearObservation => ({
  model,
  axle: "front",
  pctPerMj,
  by,
});

describe("learnPadWear", () => {
  it("believes a model with many cars, draws one with few towards the fleet, and keeps the fleet for the rest", () => {
    const { normal } = createRandom(3);
    const cars = (model: string, count: number, pctPerMj: number) =>
      Array.from({ length: count }, () => observation(model, pctPerMj * Math.exp(normal(0, 0.2))));
    const rows = learnPadWear([...cars("Many", 60, 0.04), ...cars("Few", 2, 0.12), observation("Few", 0.12, "repair")]);
    const of = (model: string) => rows.find((row) => row.model === model);
    expect(of("Many")?.pctPerMj).toBeGreaterThan(0.038);
    expect(of("Many")?.pctPerMj).toBeLessThan(0.046);
    expect(of("Few")?.pctPerMj).toBeGreaterThan(0.07);
    expect(of("Few")?.pctPerMj).toBeLessThan(0.11);
    expect(of("Few")).toMatchObject({ bySensor: 2, byRepair: 1 });
    expect(of("")?.spread).toBeGreaterThan(of("Many")?.spread ?? 1);
    expect(rows.some(({ axle }) => axle === "rear")).toBe(false);
    expect(learnPadWear([])).toEqual([]);
  });
});

describe("padEnergyLife", () => {
  const watched = { frictionMj: 40 / AXLE_SHARE.front, km: 1000, relativeError: 0.05, odometerKm: 30_000, changedAtKm: 10_000 };

  it("counts from the last change: 40 MJ per 1,000 km at 0.05 % per MJ are 2 % per 1,000 km", () => {
    const life = padEnergyLife(watched, "front", { pctPerMj: 0.05, spread: 0.2 });
    expect(life).toMatchObject({ sinceKm: 20_000 });
    expect(life.wornPct).toBeCloseTo(40, 6);
    expect(life.kmLeft).toBeCloseTo(30_000, 6);
    expect(life.kmLow80).toBeLessThan(20_000);
    expect(life.kmHigh80).toBeGreaterThan(40_000);
    expect(padEnergyLife({ ...watched, changedAtKm: null }, "front", { pctPerMj: 0.05, spread: 0.2 }).wornPct).toBeCloseTo(60, 6);
  });

  it("leaves nothing once the life is over, however wide the interval", () => {
    const life = padEnergyLife({ ...watched, odometerKm: 200_000 }, "front", { pctPerMj: 0.05, spread: 0.2 });
    expect(life).toMatchObject({ kmLeft: 0, kmLow80: 0, kmHigh80: 0 });
  });
});
