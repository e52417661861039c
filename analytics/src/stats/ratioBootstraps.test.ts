import { describe, expect, it } from "vitest";
import { ratioBootstraps } from "./ratioBootstraps.ts";

const even = Array.from({ length: 10 }, (_, i) => ({ part: i + 1, whole: 2 * (i + 1) }));
const shares = Array.from({ length: 400 }, (_, i) => ({ part: i % 4 === 0 ? 1 : 0, whole: 1 }));
const pair = [
  { part: 1, whole: 1 },
  { part: 0, whole: 1 },
  { part: 0, whole: 0 },
];

describe("ratioBootstraps", () => {
  it("has no width where every cluster has the same ratio", () => {
    expect(ratioBootstraps([even], { seed: 7 })).toEqual([[0.5, 0.5]]);
  });

  it("agrees with the normal interval of a share over many clusters of one", () => {
    const [low, high] = ratioBootstraps([shares], { seed: 7 })[0] ?? [0, 0];
    const half = 1.96 * Math.sqrt((0.25 * 0.75) / 400);
    expect(low).toBeCloseTo(0.25 - half, 1);
    expect(high).toBeCloseTo(0.25 + half, 1);
  });

  it("says nothing from fewer than three clusters", () => {
    expect(ratioBootstraps([pair], { seed: 7 })).toEqual([null]);
  });

  it("gives each ratio what it would give it alone", () => {
    const uneven = shares.map(({ part }, i) => ({ part, whole: 1 + (i % 3) }));
    const together = ratioBootstraps([shares, even, uneven, pair], { seed: 3, resamples: 200 });
    expect(together).toEqual([shares, even, uneven, pair].flatMap((one) => ratioBootstraps([one], { seed: 3, resamples: 200 })));
  });
});
