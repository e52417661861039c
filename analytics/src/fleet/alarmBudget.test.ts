import { expect, it } from "vitest";
import { cusumRunLength } from "../stats/cusum.ts";
import { ALARM_BUDGET, budgetedThreshold } from "./alarmBudget.ts";

it("holds the budget: all series of a vehicle together alarm falsely as often as the audience bears", () => {
  expect(budgetedThreshold("owner", 1, 0.5)).toBeCloseTo(5.1, 1);
  for (const audience of ["owner", "dealer", "engineer"] as const) {
    const perYear = (4 * 52.18) / cusumRunLength(budgetedThreshold(audience, 4, 0.5), 0.5);
    expect(perYear).toBeCloseTo(ALARM_BUDGET[audience], 6);
  }
});
