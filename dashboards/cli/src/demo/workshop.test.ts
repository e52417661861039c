import { createFleet } from "@bellwether/simulator/fleet";
import { describe, expect, it } from "vitest";
import { visitsAt, type WaitingCar } from "./workshop.ts";

const DAY_MS = 86_400_000;
const START_MS = Date.parse("2026-06-01T00:00:00Z");
const fleet = createFleet({ seed: 20, vehicles: 60, startMs: START_MS, days: 60, faultShare: 0.5 });
/** Long after every fault has begun. */
const LATE_MS = START_MS + 59 * DAY_MS;

/** A lead about every planted fault, and one about every healthy car. */
const waiting = fleet.vehicles.map(({ vin }, i): WaitingCar => {
  const fault = fleet.truth.find((one) => one.vin === vin);
  return { alertId: `al-${i}`, vin, component: fault?.component ?? "tyre", openedMs: (fault?.startMs ?? START_MS) + DAY_MS };
});
const isFaulty = (vin: string) => fleet.truth.some((fault) => fault.vin === vin);

describe("the demo's workshops", () => {
  it("find most of what was planted, nothing where nothing was, and do not see every car", () => {
    const visits = visitsAt(LATE_MS + 20 * DAY_MS, { startMs: START_MS, waiting, truth: fleet.truth });
    const seen = visits.filter(({ cause }) => cause === "advice");
    expect(seen.length).toBeGreaterThan(25);
    expect(seen.length).toBeLessThan(50);
    const found = seen.filter(({ outcome }) => outcome === "confirmed");
    expect(found.every(({ vin }) => isFaulty(vin))).toBe(true);
    expect(found.length).toBeGreaterThan(10);
    const [real] = waiting.filter(({ vin }) => isFaulty(vin));
    const often = Array.from({ length: 200 }, (_, i) => ({
      vin: "",
      component: "",
      alertId: "",
      ...real,
      openedMs: START_MS - i * DAY_MS,
    }));
    const outcomes = visitsAt(LATE_MS + 20 * DAY_MS, {
      startMs: START_MS,
      waiting: often,
      truth: fleet.truth.filter(({ vin }) => vin === real?.vin),
    });
    const overlooked = outcomes.filter(({ outcome }) => outcome === "no_fault_found").length / outcomes.length;
    expect(overlooked).toBeGreaterThan(0.03);
    expect(overlooked).toBeLessThan(0.2);
  });

  it("see nobody on the first two days, everybody who comes by the eleventh, and the same ones each time", () => {
    const told = waiting.filter(({ vin }) => !isFaulty(vin));
    const seenAfter = (days: number) => visitsAt(START_MS + (1 + days) * DAY_MS, { startMs: START_MS, waiting: told, truth: [] });
    expect(seenAfter(1.9)).toEqual([]);
    expect(seenAfter(10).length).toBe(seenAfter(30).length);
    expect(seenAfter(5)).toEqual(seenAfter(5));
  });

  it("hear of what nobody told from the driver, and not of a car that waits or a fault that is there to mislead", () => {
    const [first] = fleet.truth;
    const visits = visitsAt(LATE_MS + 60 * DAY_MS, {
      startMs: START_MS,
      waiting: waiting.filter(({ vin }) => vin === first?.vin),
      truth: fleet.truth,
    });
    const complaints = visits.filter(({ cause }) => cause === "complaint");
    const expected = fleet.truth.filter((fault) => fault.expected !== null && fault.vin !== first?.vin);
    expect(complaints.map(({ vin }) => vin)).toEqual(expected.map(({ vin }) => vin));
    expect(complaints.every(({ outcome }) => outcome === "confirmed")).toBe(true);
  });
});
