import { expect, it } from "vitest";
import { warrantyVerdict } from "./warrantyTerm.ts";

it.each([
  [{ earliest: 5, central: 9, latest: 14 }, 24, "before_it_ends"],
  [{ earliest: 5, central: 9, latest: 14 }, 12, "likely_before"],
  [{ earliest: 5, central: 9, latest: null }, 6, "possibly_before"],
  [{ earliest: 5, central: null, latest: null }, 4, "not_before"],
  [{ earliest: null, central: null, latest: null }, 60, "not_before"],
  [{ earliest: 0, central: 0, latest: 0 }, -1, "ended"],
] as const)("crossing %o with %i months left: %s", (crossing, monthsLeft, verdict) => {
  expect(warrantyVerdict(crossing, monthsLeft, "B")).toBe(verdict);
});

it("says nothing of a warranty that runs from a health value of class C", () => {
  const crossing = { earliest: 5, central: 9, latest: 14 };
  expect(warrantyVerdict(crossing, 24, "C")).toBe("no_statement");
  expect(warrantyVerdict(crossing, -1, "C")).toBe("ended");
});
