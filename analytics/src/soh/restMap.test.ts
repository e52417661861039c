/** Capacity between rests, on simulated packs with a bent display (testing/restFleet.ts) and the simulator's own curves of both chemistries. */
import { ocvMv } from "@bellwether/simulator/ocv";
import { createRandom } from "@bellwether/simulator/random";
import { mean } from "simple-statistics";
import { describe, expect, it } from "vitest";
import type { DayFeatures } from "../features/family.ts";
import { CELLS, cellV, wideCharges } from "../testing/chargeFleet.ts";
import { restingDays } from "../testing/restFleet.ts";
import { restDays } from "./restDays.ts";
import { capacityBetweenRests, learnRestMap, shareAtRest, type Wake } from "./restMap.ts";
import { learnSocMap, shareAt } from "./socMap.ts";

const FIRST = "2026-04-01";
const random = createRandom(5);
const WAKES: Wake[] = Array.from({ length: 20 }, (_, v) =>
  restingDays({ capacityAh: 150 * random.between(0.85, 1), firstDay: FIRST, days: 40, random }).flatMap(({ values }) =>
    wake(`V${v}`, values),
  ),
).flat();
const SOC_MAP = learnSocMap(wideCharges(24, 3, 7));
const MAP = learnRestMap(WAKES, SOC_MAP === null ? undefined : shareAt(SOC_MAP));

function wake(vin: string, { restV = 0, restSocPct = 0 }: DayFeatures["values"]): Wake {
  return { vin, packV: restV, socPct: restSocPct };
}

describe("the map of rested voltages", () => {
  it("finds the share behind a voltage again", () => {
    if (MAP === null) throw new Error("no map");
    // Near 40 % these cells' voltage rises too little to tell.
    expect(shareAtRest(MAP, CELLS * cellV(0.4))).toBeNull();
    for (const soc of [0.6, 0.75, 0.85]) expect(Math.abs((shareAtRest(MAP, CELLS * cellV(soc)) ?? 0) - soc)).toBeLessThan(0.02);
    expect(MAP).toMatchObject({ vehicles: 20 });
  });

  it("is not learnt from few wake-ups or few vehicles, and says nothing outside what was seen", () => {
    expect(learnRestMap(WAKES.slice(0, 199))).toBeNull();
    expect(learnRestMap(WAKES.map((one) => ({ ...one, vin: "V1" })))).toBeNull();
    expect(MAP === null ? null : shareAtRest(MAP, 1000)).toBeNull();
  });

  it.each([
    ["NCM", [0.15, 0.5, 0.75]],
    ["LFP", [0.15]],
  ] as const)("says only where the voltage rises: %s", (chemistry, usable) => {
    const wakes = Array.from({ length: 4000 }, (_, i) => {
      const soc = random.between(0.15, 0.95);
      return { vin: `V${i % 20}`, packV: (100 * ocvMv(chemistry, soc)) / 1000 + random.normal(0, 0.05), socPct: 100 * soc };
    });
    const map = learnRestMap(wakes);
    if (map === null) throw new Error("no map");
    const known = [0.15, 0.5, 0.75].filter((soc) => shareAtRest(map, (100 * ocvMv(chemistry, soc + 0.02)) / 1000) !== null);
    expect(known).toEqual(usable);
  });
});

describe("the charge between rests", () => {
  const cars = Array.from({ length: 40 }, (_, i) => {
    const gain = i % 2 === 0 ? 0.1 : -0.1;
    const capacityAh = 150 * random.between(0.75, 1);
    return { capacityAh, days: restingDays({ capacityAh, firstDay: FIRST, days: 60, displayError: (soc) => gain * (soc - 0.5), random }) };
  });

  it("gives the capacity whatever the car's own display believes", () => {
    if (MAP === null) throw new Error("no map");
    const errors = cars.flatMap(({ capacityAh, days }) => {
      const found = capacityBetweenRests(MAP, days);
      return found === null ? [] : [100 * Math.abs(found.capacityAh / capacityAh - 1)];
    });
    expect(errors.length).toBeGreaterThan(35);
    expect(mean(errors)).toBeLessThan(2);
  });

  it("is not counted across charge that flowed unseen, and not from few pairs", () => {
    const [car] = cars;
    if (MAP === null || car === undefined) throw new Error("no map");
    expect(capacityBetweenRests(MAP, car.days.slice(0, 6))).toBeNull();
    const lost = car.days.map((one) => ({ ...one, values: { ...one.values, unseenSteps: 1 } }));
    expect(capacityBetweenRests(MAP, lost)).toBeNull();
    const jumping = car.days.map((one, i) => ({ ...one, values: { ...one.values, firstSocPct: i % 2 === 0 ? 20 : 60 } }));
    expect(restDays(jumping).filter(({ isBroken }) => isBroken).length).toBeGreaterThan(50);
    expect(capacityBetweenRests(MAP, jumping)).toBeNull();
  });
});
