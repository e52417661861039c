import { expect, it } from "vitest";
import { difference, medianOf, neighbourView, packView } from "./views.ts";

it("measures against the median of the readings present", () => {
  expect(packView([1, 2, null, 3])).toEqual([-1, 0, null, 1]);
  expect(packView([null, null])).toEqual([null, null]);
});

it("measures against the lower side, so that the edge of a low module does not stand out", () => {
  expect(neighbourView([0, 0, 0, -10, -10, -10], 3)).toEqual([0, 10, 10, 0, 0, 0]);
});

it("shows a single low cell on both sides and at the pack's end", () => {
  expect(neighbourView([0, 0, 0, -10, 0, 0, 0], 3)[3]).toBe(-10);
  expect(neighbourView([-10, 0, 0, 0], 3)[0]).toBe(-10);
});

it("makes do with one side, and is null without any", () => {
  expect(neighbourView([5, null, null, null, 0], 3)).toEqual([null, null, null, null, null]);
  expect(neighbourView([5, -7, null, null, 0], 3)[1]).toBe(-7);
});

it("keeps what is missing missing", () => {
  expect(difference([3, null, 1], [1, 1, null])).toEqual([2, null, null]);
  expect(medianOf([null, 4, 2, null])).toBe(3);
});
