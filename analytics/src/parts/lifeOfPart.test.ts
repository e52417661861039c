import { createRandom } from "@bellwether/simulator/random";
import { describe, expect, it } from "vitest";
import { lifeOfPart, type PartHistory } from "./lifeOfPart.ts";

/** Parts that wear out after 60 months (shape 3) or 100,000 km, in vehicles of every age, watched from some age on. */
function fleet(seed: number, vehicles: number): PartHistory[] {
  const { unit } = createRandom(seed);
  return Array.from({ length: vehicles }, () => {
    const life = 60 * (-Math.log(1 - unit())) ** (1 / 3);
    const seenMonths = 12 + 48 * unit();
    const fromMonths = Math.min(seenMonths, life) * 0.5 * unit();
    const months = Math.min(life, seenMonths);
    const kmPerMonth = 100_000 / 60;
    return { months, fromMonths, km: months * kmPerMonth, fromKm: fromMonths * kmPerMonth, isRepaired: life <= seenMonths };
  });
}

describe("lifeOfPart", () => {
  it("learns the life from repairs and from vehicles not repaired, and says what the lead time will ask for", () => {
    const vehicles = fleet(3, 2000);
    const exposure = 10_000;
    const { byAge, byKm, quantity, growth } = lifeOfPart(vehicles, { failuresAt: [1000, 3000, 5000, 7000, 9000], exposure, leadMonths: 2 });
    const trueB10 = 60 * (-Math.log(0.9)) ** (1 / 3);
    expect(byAge?.shape).toBeGreaterThan(2.7);
    expect(byAge?.shape).toBeLessThan(3.3);
    expect(byAge?.b10.low).toBeLessThan(trueB10);
    expect(byAge?.b10.high).toBeGreaterThan(trueB10);
    expect(byKm?.b10.central).toBeCloseTo(((byAge?.b10.central ?? 0) * 100_000) / 60, -1);
    expect(growth?.trend).toBe("unclear");
    const truth = vehicles
      .filter(({ isRepaired }) => !isRepaired)
      .reduce((sum, { months }) => sum + 1 - Math.exp((months / 60) ** 3 - ((months + 2) / 60) ** 3), 0);
    expect(quantity?.low).toBeLessThan(truth);
    expect(quantity?.high).toBeGreaterThan(truth);
    expect(quantity?.high).toBeLessThan(2 * truth);
  });

  it("says nothing from two repairs", () => {
    const two = fleet(5, 300).map((one, i) => ({ ...one, isRepaired: i < 2 }));
    expect(lifeOfPart(two, { failuresAt: [1, 2], exposure: 10, leadMonths: 2 })).toEqual({
      byAge: null,
      byKm: null,
      growth: null,
      quantity: null,
    });
  });
});
