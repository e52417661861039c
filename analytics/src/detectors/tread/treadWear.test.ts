import { createRandom } from "@bellwether/simulator/random";
import { describe, expect, it } from "vitest";
import { type RollingDay, treadWear } from "./treadWear.ts";

/** 60 km a day by position; the tyres wear by `mmPer1000Km`; new ones at `newAtKm`. */
function days(count: number, { fromKm = 0, mmPer1000Km = 0.2, newAtKm = -1, kpa = (_: number): number | null => 250 } = {}): RollingDay[] {
  const { normal } = createRandom(5);
  return Array.from({ length: count }, (_, i) => {
    const odometerKm = fromKm + 60 * i;
    const sinceKm = newAtKm >= 0 && odometerKm >= newAtKm ? odometerKm - newAtKm : odometerKm;
    const tyreKpa = kpa(i);
    const radius = 1 - ((1.9 / 6.4 / 100) * mmPer1000Km * sinceKm) / 1000 + ((tyreKpa ?? 250) - 250) * 1e-4;
    return { day: `d${i}`, gpsKm: 60, odoKm: 60 / radius + normal(0, 0.06), stretches: 3, tyreKpa, odometerKm };
  });
}

describe("treadWear", () => {
  it("reads millimetres off the ratio, from new, whatever the air in the tyres", () => {
    const verdict = treadWear(days(400, { kpa: (i) => (i % 60 < 30 ? 235 : 265) }));
    expect(verdict).toMatchObject({ since: "new_car", from: 0 });
    expect(verdict?.wornMm).toBeGreaterThan(4.2);
    expect(verdict?.wornMm).toBeLessThan(5.2);
    expect(verdict?.seMm).toBeLessThan(0.5);
  });

  it("begins again with new tyres, and does not know where tyres began that were there before", () => {
    const changed = treadWear(days(500, { fromKm: 20_000, newAtKm: 40_000 }));
    expect(changed).toMatchObject({ since: "new_tyres" });
    expect(changed?.wornMm).toBeLessThan(2.6);
    expect(treadWear(days(200, { fromKm: 20_000 }))).toMatchObject({ since: "unknown" });
  });

  it("says nothing before there is road enough", () => {
    expect(treadWear(days(10))).toBeNull();
    expect(treadWear([])).toBeNull();
  });
});
