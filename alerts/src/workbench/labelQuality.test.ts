import { expect, test } from "vitest";
import { labelQuality, type SourcedLabel } from "./labelQuality.ts";

const DAY_MS = 86_400_000;
const finding = (id: string, vin: string, day: number) => ({ id, vin, component: "tyre", firstMs: day * DAY_MS });
const label = (vin: string, day: number, outcome: SourcedLabel["outcome"], givenBy: string): SourcedLabel => ({
  vin,
  component: "tyre",
  outcome,
  givenBy,
  atMs: day * DAY_MS,
});

test("counts contradictions, delay and findings spoken about by source", () => {
  const findings = [finding("a", "CAR1", 10), finding("b", "CAR1", 200), finding("c", "CAR2", 10)];
  const labels = [
    label("CAR1", 14, "confirmed", "dealer:North"),
    label("CAR1", 14.5, "no_fault_found", "analyst:Ana"),
    label("CAR1", 206, "confirmed", "dealer:South"),
    label("CAR2", 5, "no_fault_found", "import:DMS"),
  ];
  expect(labelQuality(findings, labels)).toEqual([
    { source: "analyst", labels: 1, confirmed: 0, noFaultFound: 1, conflicting: 1, delayDaysMedian: 4.5, findingsLabelled: 1 },
    { source: "dealer", labels: 2, confirmed: 2, noFaultFound: 0, conflicting: 1, delayDaysMedian: 5, findingsLabelled: 2 },
    { source: "import:DMS", labels: 1, confirmed: 0, noFaultFound: 1, conflicting: 0, delayDaysMedian: null, findingsLabelled: 0 },
  ]);
  expect(labelQuality(findings, [])).toEqual([]);
});
