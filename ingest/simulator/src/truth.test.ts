import { parseVin } from "@bellwether/contracts/vin";
import { describe, expect, it } from "vitest";
import { magnitudeAt, magnitudeHours, type PlantedFault, type ScoredFinding, scoreFindings } from "./truth.ts";

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 5, 10);
const vin = parseVin("LBWE6A4N0SB000001");

function leak(change: Partial<PlantedFault> = {}): PlantedFault {
  if (vin === null) throw new Error("expected a VIN");
  return {
    vin,
    kind: "cell_leak",
    component: "battery_cell",
    cell: 12,
    probe: null,
    startMs: START_MS,
    course: [
      { atMs: START_MS, magnitude: 10 },
      { atMs: START_MS + 10 * DAY_MS, magnitude: 30 },
    ],
    unit: "mA",
    expected: { sourceIds: ["abnormal-cell"], byMs: START_MS + 21 * DAY_MS },
    explains: ["battery_cell", "battery"],
    sentence: "",
    ...change,
  };
}

function finding(change: Partial<ScoredFinding> = {}): ScoredFinding {
  const firstSeen = new Date(START_MS + 6 * DAY_MS).toISOString();
  return { vin: vin ?? "", source: { id: "abnormal-cell" }, component: "battery_cell", firstSeen, cell: 12, ...change };
}

const later = { nowMs: START_MS + 40 * DAY_MS };

describe("the course of a fault", () => {
  it("is linear between its points and constant outside", () => {
    expect([-1, 0, 5, 10, 20].map((day) => magnitudeAt(leak(), START_MS + day * DAY_MS))).toEqual([10, 10, 20, 30, 30]);
  });

  it("integrates to magnitude times hours", () => {
    expect(magnitudeHours(leak(), START_MS - DAY_MS)).toBe(0);
    expect(magnitudeHours(leak(), START_MS + 10 * DAY_MS)).toBeCloseTo(20 * 240, 6);
    expect(magnitudeHours(leak(), START_MS + 11 * DAY_MS)).toBeCloseTo(20 * 240 + 30 * 24, 6);
  });
});

describe("scoring", () => {
  it("counts a finding of the right car, component and cell as found, with the days it took", () => {
    const score = scoreFindings([leak()], [finding()], later);
    expect(score).toMatchObject({ found: 1, missed: 0, falseFindings: [] });
    expect(score.faults[0]).toMatchObject({ verdict: "found", daysToDetection: 6, isInTime: true });
    expect(score.byKind).toEqual([{ kind: "cell_leak", planted: 1, found: 1, missed: 0, pending: 0, medianDaysToDetection: 6 }]);
  });

  it("takes the earliest of several findings and says when it came too late", () => {
    const late = finding({ firstSeen: new Date(START_MS + 30 * DAY_MS).toISOString() });
    expect(scoreFindings([leak()], [late, finding()], later).faults[0]?.daysToDetection).toBe(6);
    expect(scoreFindings([leak()], [late], later).faults[0]?.isInTime).toBe(false);
  });

  it("counts another cell, another car and a time before the fault as false", () => {
    const wrong = [
      finding({ cell: 13 }),
      finding({ vin: "LBWE6A4N0SB000002" }),
      finding({ firstSeen: new Date(START_MS - 3 * DAY_MS).toISOString() }),
    ];
    expect(scoreFindings([leak()], wrong, later)).toMatchObject({ found: 0, missed: 1, falseFindings: wrong });
  });

  it("neither counts consequences as found nor as false", () => {
    const consequence = finding({ component: "battery", source: { id: "capacity" }, cell: null });
    expect(scoreFindings([leak()], [consequence], later)).toMatchObject({ found: 0, missed: 1, falseFindings: [] });
  });

  it("says pending before the deadline, and never missed where nothing is required", () => {
    expect(scoreFindings([leak()], [], { nowMs: START_MS + DAY_MS })).toMatchObject({ missed: 0, pending: 1 });
    const misleading = leak({ kind: "probe_sensor", component: "sensor", cell: null, expected: null, explains: ["sensor"] });
    expect(scoreFindings([misleading], [], later)).toMatchObject({ found: 0, missed: 0, pending: 0 });
    const alarm = finding({ component: "battery_thermal", cell: null });
    expect(scoreFindings([misleading], [alarm], later).falseFindings).toEqual([alarm]);
  });

  it("is empty on nothing", () => {
    expect(scoreFindings([], [], later)).toEqual({ faults: [], byKind: [], found: 0, missed: 0, pending: 0, falseFindings: [] });
  });
});
