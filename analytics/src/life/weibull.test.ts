import { createRandom } from "@bellwether/simulator/random";
import { describe, expect, it } from "vitest";

import { chanceAhead, fitWeibull, weibullLife, weibullQuantile } from "./weibull.ts";

/** Shock absorbers, km (O'Connor 1985; Meeker & Escobar, table C.2): published fit shape 3.16, scale 27,719. */
const SHOCKS: readonly (readonly [km: number, hasFailed: boolean])[] = [
  [6700, true],
  [6950, false],
  [7820, false],
  [8790, false],
  [9120, true],
  [9660, false],
  [9820, false],
  [11310, false],
  [11690, false],
  [11850, false],
  [11880, false],
  [12140, false],
  [12200, true],
  [12870, false],
  [13150, true],
  [13330, false],
  [13470, false],
  [14040, false],
  [14300, true],
  [17520, true],
  [17540, false],
  [17890, false],
  [18450, false],
  [18960, false],
  [18980, false],
  [19410, false],
  [20100, true],
  [20100, false],
  [20150, false],
  [20320, false],
  [20900, true],
  [22700, true],
  [23490, false],
  [26510, true],
  [27410, false],
  [27490, true],
  [27890, false],
  [28100, false],
];

describe("fitWeibull", () => {
  it("gives the published fit of the shock absorbers", () => {
    const fit = fitWeibull(SHOCKS.map(([use, hasFailed]) => ({ use, hasFailed })));
    expect(fit?.shape).toBeCloseTo(3.16, 2);
    expect(fit?.scale).toBeGreaterThan(27_700);
    expect(fit?.scale).toBeLessThan(27_740);
    expect(fit?.failures).toBe(11);
  });

  it("says nothing from two failures, from one same use, or from nothing", () => {
    expect(fitWeibull([])).toBeNull();
    expect(
      fitWeibull([
        { use: 1, hasFailed: true },
        { use: 2, hasFailed: true },
        { use: 3, hasFailed: false },
      ]),
    ).toBeNull();
    expect(fitWeibull(Array.from({ length: 5 }, () => ({ use: 7, hasFailed: true })))).toBeNull();
  });
});

describe("weibullLife", () => {
  it("covers the true B10 in about four of five samples", () => {
    const random = createRandom(7).unit;
    const truth = weibullQuantile({ shape: 2, scale: 100, failures: 0 }, 0.1);
    const covered = Array.from({ length: 60 }, () => {
      const lives = Array.from({ length: 80 }, () => {
        const use = 100 * (-Math.log(1 - random())) ** 0.5;
        return use > 90 ? { use: 90, hasFailed: false } : { use, hasFailed: true };
      });
      const fitted = fitWeibull(lives);
      const life = fitted === null ? null : weibullLife(fitted, 0.1);
      return life !== null && life.low <= truth && truth <= life.high;
    });
    const share = covered.filter(Boolean).length / covered.length;
    expect(share).toBeGreaterThan(0.65);
    expect(share).toBeLessThan(0.95);
  });

  it("is not misled by units that came under watch when they were old already", () => {
    const { unit } = createRandom(11);
    const lives = Array.from({ length: 4000 }, () => ({ use: 100 * (-Math.log(1 - unit())) ** (1 / 3), from: 60 * unit() }))
      .filter(({ use, from }) => use > from)
      .map(({ use, from }) => (use > 110 ? { use: 110, from, hasFailed: false } : { use, from, hasFailed: true }));
    const fit = fitWeibull(lives);
    expect(fit?.shape).toBeGreaterThan(2.85);
    expect(fit?.shape).toBeLessThan(3.15);
    expect(fit?.scale).toBeGreaterThan(97);
    expect(fit?.scale).toBeLessThan(103);
  });
});

describe("chanceAhead", () => {
  it("is the share of the survivors that fails: constant at shape 1, growing with age in wear-out", () => {
    const chance = { shape: 1, scale: 50, failures: 9 };
    expect(chanceAhead(chance, 0, 5)).toBeCloseTo(1 - Math.exp(-0.1), 12);
    expect(chanceAhead(chance, 80, 5)).toBeCloseTo(1 - Math.exp(-0.1), 12);
    const worn = { ...chance, shape: 3 };
    expect(chanceAhead(worn, 40, 5)).toBeGreaterThan(3 * chanceAhead(worn, 10, 5));
  });
});
