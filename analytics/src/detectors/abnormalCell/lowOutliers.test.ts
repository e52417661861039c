import { expect, it } from "vitest";
import { lowOutliers } from "./lowOutliers.ts";
import type { Tier } from "./params.ts";

const tier: Tier = { name: "t", measure: "level", view: "both", window: 5, required: 3, depth: 15, gap: 12, z: 4, spreadFloor: 1.5 };
const rest = [0, 1, -1, 0.5, -0.5, 0.2, -0.2, 0.8];

it("needs depth", () => {
  expect(lowOutliers([...rest, -14.9], tier, 3)).toEqual([]);
  expect(lowOutliers([...rest, -15.1], tier, 3)).toMatchObject([{ cellIndex: 8, statistic: -15.1 }]);
});

it("needs a gap to the next cell", () => {
  expect(lowOutliers([...rest, -10, -20], tier, 3)).toEqual([]);
});

it("needs to be rare for this pack's own spread", () => {
  expect(lowOutliers([-20, -15, -10, -5, 0, 5, 10, 15, 20, -45], tier, 3)).toEqual([]);
});

it("takes the group that a gap separates, up to the limit", () => {
  expect(lowOutliers([...rest, -30, -60], tier, 3).map((o) => o.cellIndex)).toEqual([9, 8]);
  expect(lowOutliers([...rest, -30, -31, -32, -33], tier, 3)).toEqual([]);
});

it("finds nothing in nothing", () => {
  expect(lowOutliers([], tier, 3)).toEqual([]);
  expect(lowOutliers([null, null, -50], tier, 3)).toEqual([]);
});
