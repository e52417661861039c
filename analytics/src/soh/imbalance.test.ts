import { expect, it } from "vitest";
import { imbalancePct } from "./imbalance.ts";

const days = (n: number, mv: number): number[] => Array.from({ length: n }, (_, i) => mv + (i % 3));

it("turns grown spread at the end of charges into points of capacity, by chemistry", () => {
  expect(imbalancePct(days(10, 10), days(20, 37), "NCM")).toBeCloseTo(3, 6);
  expect(imbalancePct(days(10, 10), days(20, 70), "LFP")).toBeCloseTo(2, 6);
});

it("says nothing of what was there from the beginning, of little, or from too few days", () => {
  expect(imbalancePct(days(10, 60), days(20, 60), "NCM")).toBe(0);
  expect(imbalancePct(days(10, 10), days(20, 15), "NCM")).toBe(0);
  expect(imbalancePct(days(10, 60), days(2, 60), "NCM")).toBeNull();
});
