import { createRandom } from "@bellwether/simulator/random";
import { describe, expect, it } from "vitest";
import { PAD_PRIORS, type PadReading, padLife } from "./padLife.ts";

const prior = PAD_PRIORS.front;

/** Pads of 12 mm, limit 3 mm, sensor noise 0.15 mm, as in methods 3.2; the rate wanders with the routes. */
function course(seed: number): { readings: PadReading[]; kmTo: number } {
  const random = createRandom(seed);
  const usual = prior.pctPer1000Km * Math.exp(random.normal(0, 0.35));
  const readings: PadReading[] = [];
  let route = 0;
  let worn = 0;
  let km = 0;
  let kmAt5Mm = 0;
  for (; worn < 100; km += 250) {
    if (km % 5000 === 0) route = 0.7 * route + random.normal(0, 0.12);
    worn += (usual * Math.exp(route) * 250) / 1000;
    if (kmAt5Mm > 0) continue;
    readings.push({ odometerKm: km, wornPct: Math.max(0, worn + random.normal(0, 1.7)) });
    // 5 mm left of 12, with the limit at 3: 78 % worn.
    if (worn >= 78) kmAt5Mm = km;
  }
  return { readings: readings.slice(-150), kmTo: km - kmAt5Mm };
}

describe("padLife", () => {
  it("is right within 15 % in the median at 5 mm, and its 80 % interval holds", () => {
    const scored = Array.from({ length: 200 }, (_, seed) => {
      const { readings, kmTo } = course(seed);
      const life = padLife(readings, prior);
      if (life.kind !== "wearing") throw new Error("expected a life");
      return { error: Math.abs(life.kmLeft / kmTo - 1), isCovered: life.kmLow80 <= kmTo && kmTo <= life.kmHigh80 };
    });
    const errors = scored.map(({ error }) => error).sort((a, b) => a - b);
    expect(errors[100]).toBeLessThanOrEqual(0.15);
    const covered = scored.filter(({ isCovered }) => isCovered).length / 200;
    expect(covered).toBeGreaterThan(0.75);
    expect(covered).toBeLessThan(0.95);
  });

  it("begins anew with new pads, knows a wire, and says why it cannot judge", () => {
    const old = Array.from({ length: 40 }, (_, i) => ({ odometerKm: 40_000 + 250 * i, wornPct: 70 + 0.3 * i }));
    const fresh = Array.from({ length: 40 }, (_, i) => ({ odometerKm: 50_000 + 250 * i, wornPct: 0.3 * i + 0.5 }));
    expect(padLife([...old, ...fresh], prior)).toMatchObject({ kind: "wearing", readings: 40 });
    const wire = Array.from({ length: 10 }, (_, i) => ({ odometerKm: 250 * i, wornPct: i < 9 ? 0 : 100 }));
    expect(padLife(wire, prior)).toEqual({ kind: "wire", isWorn: true });
    expect(padLife(old.slice(0, 3), prior)).toEqual({ kind: "not_evaluated", reason: "not_enough_history" });
    expect(padLife([], prior)).toEqual({ kind: "not_evaluated", reason: "not_enough_history" });
    expect(
      padLife(
        old.map((one, i) => ({ ...one, odometerKm: one.odometerKm - (i === 20 ? 5000 : 0) })),
        prior,
      ),
    ).toMatchObject({ reason: "implausible_value" });
  });

  it("leans on what is usual after few kilometres, and never below a tenth of it", () => {
    const flat = Array.from({ length: 10 }, (_, i) => ({ odometerKm: 80 * i, wornPct: 50 + (i % 2) }));
    const life = padLife(flat, prior);
    if (life.kind !== "wearing") throw new Error("expected a life");
    expect(life.pctPer1000Km).toBeGreaterThan(0.8);
    expect(life.kmHigh80 / life.kmLow80).toBeGreaterThan(2);
  });
});
