import { createRandom } from "@bellwether/simulator/random";
import { describe, expect, it } from "vitest";
import type { AuxDay } from "./auxDay.ts";
import { AUX_LIMITS, detectAux } from "./detectAux.ts";

interface Course {
  readonly days?: number;
  readonly seed?: number;
  /** By day: rest voltage, dip below it, loss while parked in mV/h, recharges. */
  readonly restV: (day: number) => number;
  readonly dipV?: (day: number) => number;
  readonly slope?: number;
  readonly recharges?: number;
  readonly fedH?: (day: number) => number;
}

function course({ days = 60, seed = 3, restV, dipV = () => 0.25, slope = 0.5, recharges = 0, fedH = () => 2 }: Course): AuxDay[] {
  const random = createRandom(seed);
  return Array.from({ length: days }, (_, day) => {
    const rest = restV(day) + random.normal(0, 0.015);
    return {
      dayNumber: 20_000 + day,
      restV: rest,
      minV: rest - dipV(day),
      first: { v: rest - (slope * 8) / 1000, hour: 5 },
      last: { v: rest, hour: 21 },
      pauses: null,
      recharges,
      fedH: fedH(day),
    };
  });
}

describe("detectAux", () => {
  it("calls a battery weak that rests lower and dips deeper than at its beginning", () => {
    const days = course({ restV: (d) => 12.72 - 0.008 * d, dipV: (d) => 0.25 + 0.007 * d });
    expect(detectAux(days, { coldC: null, builtDayNumber: null })).toMatchObject({
      kind: "weak",
      symptoms: ["low_rest_voltage", "rest_voltage_falls", "deep_dip"],
    });
    expect(detectAux(days.slice(0, 20), { coldC: null, builtDayNumber: null })).toMatchObject({ kind: "ok" });
  });

  it("tells a drain from a weak battery: fast loss while parked, small dip", () => {
    expect(detectAux(course({ restV: () => 12.65, slope: 3 }), { coldC: null, builtDayNumber: null })).toMatchObject({ kind: "ok" });
    const late = course({ restV: () => 12.65 }).map((day, i) => (i < 40 ? day : { ...day, first: { v: 12.5, hour: 5 } }));
    expect(detectAux(late, { coldC: null, builtDayNumber: null })).toMatchObject({ kind: "drain", symptoms: ["steep_discharge"] });
  });

  it("does not blame a battery for three weeks of parking", () => {
    const days = course({ restV: (d) => (d > 50 ? 12.3 : 12.7), fedH: (d) => (d >= 40 ? 0 : 2) });
    expect(detectAux(days, { coldC: null, builtDayNumber: null })).toMatchObject({ kind: "long_parking" });
  });

  it("sees a new battery in the step of its rest voltage and begins anew", () => {
    const days = course({ restV: (d) => (d < 40 ? 12.3 : 12.75), dipV: (d) => (d < 40 ? 0.7 : 0.2) });
    expect(detectAux(days.slice(0, 40), { coldC: null, builtDayNumber: null })).toMatchObject({ kind: "weak" });
    const after = detectAux(days, { coldC: null, builtDayNumber: null });
    expect(after).toMatchObject({ kind: "ok" });
    if (after.kind === "not_evaluated") throw new Error("expected a verdict");
    expect(Math.abs((after.measures.replacedDayNumber ?? 0) - 20_040)).toBeLessThanOrEqual(2);
  });

  it("asks for a replacement before winter only where frost is expected", () => {
    const days = course({ restV: () => 12.42 });
    expect(detectAux(days, { coldC: -12, builtDayNumber: null })).toMatchObject({ kind: "winter" });
    expect(detectAux(days, { coldC: 10, builtDayNumber: null })).toMatchObject({ kind: "ok" });
    expect(detectAux(days, { coldC: null, builtDayNumber: null })).toMatchObject({ kind: "ok" });
  });

  it("takes one sign of weakness for enough once the battery is four years old, and age alone for none", () => {
    const fallen = course({ restV: (d) => 12.75 - 0.005 * d });
    const builtDayNumber = 20_000 - 4 * 366;
    expect(detectAux(fallen, { coldC: null, builtDayNumber: null })).toMatchObject({ kind: "ok" });
    expect(detectAux(fallen, { coldC: null, builtDayNumber })).toMatchObject({ kind: "weak", symptoms: ["rest_voltage_falls", "aged"] });
    expect(detectAux(course({ restV: () => 12.7 }), { coldC: null, builtDayNumber })).toMatchObject({ kind: "ok" });
  });

  it("goes by the limits of the vehicle's kind where its files set others", () => {
    const days = course({ restV: () => 12.42 });
    const known = { coldC: -8, builtDayNumber: null };
    expect(detectAux(days, { ...known, limits: { ...AUX_LIMITS, winterColdC: -10 } })).toMatchObject({ kind: "ok" });
    expect(detectAux(days, { ...known, limits: { ...AUX_LIMITS, winterRestV: 12.3 } })).toMatchObject({ kind: "ok" });
    const low = { ...AUX_LIMITS, lowRestV: 12.6, rechargesMin: 0 };
    expect(detectAux(days, { ...known, limits: low })).toMatchObject({
      kind: "weak",
      symptoms: ["low_rest_voltage", "recharged_while_parked"],
    });
  });

  it("says why it cannot judge", () => {
    expect(detectAux([], { coldC: null, builtDayNumber: null })).toMatchObject({ kind: "not_evaluated", reason: "situation_not_seen" });
    expect(detectAux(course({ days: 2, restV: () => 12.6 }), { coldC: null, builtDayNumber: null })).toMatchObject({
      reason: "not_enough_history",
    });
    expect(detectAux(course({ restV: () => 13.3 }), { coldC: null, builtDayNumber: null })).toMatchObject({ reason: "implausible_value" });
  });
});
