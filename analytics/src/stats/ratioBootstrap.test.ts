import { describe, expect, it } from "vitest";
import { ratioBootstrap } from "./ratioBootstrap.ts";

/** A plain linear congruential sequence: the same draws every time. */
function sequence(): () => number {
  let state = 7;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

describe("ratioBootstrap", () => {
  it("has no width where every cluster has the same ratio", () => {
    const clusters = Array.from({ length: 10 }, (_, i) => ({ part: i + 1, whole: 2 * (i + 1) }));
    expect(ratioBootstrap(clusters, { unit: sequence() })).toEqual([0.5, 0.5]);
  });

  it("agrees with the normal interval of a share over many clusters of one", () => {
    const clusters = Array.from({ length: 400 }, (_, i) => ({ part: i % 4 === 0 ? 1 : 0, whole: 1 }));
    const [low, high] = ratioBootstrap(clusters, { unit: sequence() }) ?? [0, 0];
    const half = 1.96 * Math.sqrt((0.25 * 0.75) / 400);
    expect(low).toBeCloseTo(0.25 - half, 1);
    expect(high).toBeCloseTo(0.25 + half, 1);
  });

  it("says nothing from fewer than three clusters", () => {
    expect(
      ratioBootstrap(
        [
          { part: 1, whole: 1 },
          { part: 0, whole: 1 },
          { part: 0, whole: 0 },
        ],
        { unit: sequence() },
      ),
    ).toBeNull();
  });
});
