import { describe, expect, it } from "vitest";
import { dailyView, type Values } from "../testing/dailyView.ts";
import { DETECTORS } from "./detectors.ts";

/** Every detector by id; null: silence is what it has to say where there is nothing. */
const WITHOUT_ANYTHING: Readonly<Record<string, string | null>> = {
  "abnormal-cell": "no_cell_data",
  "battery-capacity": "not_enough_evidence",
  "cell-leak": "too_few_samples_on_day",
  "pack-resistance": "too_few_load_steps",
  "insulation-trend": "no_insulation",
  "probe-heating": "too_few_usable_days",
  "current-sensor": "never_parked_awake",
  "weakest-cell": "no_cell_extremes",
  "peer-drift": "no_peers_or_too_few_weeks",
  "data-quality": "no_reports",
  "trouble-codes": null,
  "tyre-leak": "missing_signal",
  "aux-battery": "missing_signal",
  "brake-pads": "missing_signal",
  "drive-cooling": "missing_signal",
  // No fast charge and no sensor look alike.
  "charge-port-heat": "situation_not_seen",
  "charger-efficiency": "missing_signal",
  "dcdc-trend": "missing_signal",
  "charge-interrupted": "missing_signal",
  "brake-pads-energy": "missing_signal",
  "tyre-tread": "missing_signal",
};

/** A sound car as each wear detector's family shows it. */
const SOUND: Readonly<Record<string, Readonly<Record<string, (day: number) => Values>>>> = {
  "tyre-leak": {
    tyre: () => ({
      ...{ coldFlKpa: 250, coldFrKpa: 250, coldRlKpa: 251, coldRrKpa: 249, coldAmbientC: 25 },
      ...{ relativeFlKpa: 0, relativeFrKpa: 0, relativeRlKpa: 1, relativeRrKpa: -1 },
    }),
  },
  "aux-battery": {
    aux: () => ({ restV: 12.7, minV: 12.45, firstV: 12.69, firstH: 1, lastV: 12.7, lastH: 21, recharges: 0, fedH: 2 }),
  },
  "brake-pads": { brake: (day) => ({ padFlPct: 30 + day * 0.05, padFrPct: 30, odometerKm: 30_000 + 60 * day }) },
  "brake-pads-energy": { brake: (day) => ({ frictionKj: 900 + (day % 3), brakedKm: 25, odometerKm: 20_000 + 30 * day }) },
  "tyre-tread": { rolling: (day) => ({ gpsKm: 250, odoKm: 250, stretches: 9, odometerKm: 500 + 350 * day }) },
  "drive-cooling": { driveHeat: (day) => ({ motorRiseK: 25 + (day % 3), controllerRiseK: 18, coolantRiseK: 9 }) },
  "charge-port-heat": { chargePort: (day) => ({ portKPer100A: 6 + (day % 2), portMaxC: 45, dcKw: 80, place: day % 3 }) },
  "charger-efficiency": { charger: (day) => ({ efficiencyStrongPct: 91 + (day % 2), inputKw: 7 }) },
  "dcdc-trend": { converter: (day) => ({ railMildV: 14.1 + 0.02 * (day % 3), drawnA: -2 }) },
  "charge-interrupted": { chargeStops: (day) => ({ acCharges: 1, acStopped: 0, dcCharges: 0, dcStopped: 0, stops: 0, place: day % 3 }) },
};

/** What a wrong factor does to a car's numbers, and what the detector has to say instead of an alarm; null: it cannot tell one car's factor. */
const WRONG_UNITS: readonly (readonly [detector: string, mistake: string, values: RegExp, factor: number, reason: string | null])[] = [
  ["tyre-leak", "psi for kPa", /Kpa$/, 1 / 6.894757, "implausible_unit"],
  ["tyre-leak", "bar for kPa", /Kpa$/, 0.01, "implausible_unit"],
  ["tyre-leak", "Pa for kPa", /Kpa$/, 1000, "implausible_value"],
  ["aux-battery", "mV for V", /V$/, 1000, "implausible_value"],
  ["aux-battery", "a tenth of a volt for V", /V$/, 10, "implausible_value"],
  ["dcdc-trend", "mV for V", /V$/, 1000, "implausible_value"],
  ["charger-efficiency", "W for kW from the socket", /Pct$/, 0.001, "implausible_value"],
  ["charger-efficiency", "a share for percent", /Pct$/, 0.01, "implausible_value"],
  ["tyre-tread", "miles for km by odometer", /^odoKm$/, 1 / 1.609344, "implausible_unit"],
  ["tyre-tread", "metres for km by odometer", /^odoKm$/, 1000, "implausible_unit"],
  ["brake-pads", "a share for percent", /Pct$/, 0.01, null],
  ["brake-pads", "hundredths of a percent", /Pct$/, 100, "implausible_value"],
  ["brake-pads-energy", "J for kJ", /Kj$/, 1000, null],
  ["drive-cooling", "Fahrenheit for kelvin", /K$/, 1.8, null],
  ["charge-port-heat", "Fahrenheit for kelvin", /K|C$/, 1.8, null],
  ["charge-port-heat", "W for kW", /Kw$/, 1000, null],
];

describe("a car that sends nothing", () => {
  it.each(DETECTORS.map((detector) => [detector.id, detector] as const))("%s says nothing of it, and why", (id, detector) => {
    const { detections, notEvaluated } = detector.judge(dailyView({}));
    expect(detections ?? []).toEqual([]);
    const expected = WITHOUT_ANYTHING[id];
    if (expected === null) expect(notEvaluated).toBeNull();
    else expect(notEvaluated?.reason).toBe(expected);
  });
});

describe("a sound car in the wrong unit", () => {
  it.each(WRONG_UNITS)("%s, %s: no alarm, and why", (id, _mistake, names, factor, reason) => {
    const detector = DETECTORS.find((one) => one.id === id);
    const families = SOUND[id] ?? {};
    const scaled = Object.entries(families).map(([family, of]) => [family, (day: number) => scale(of(day), names, factor)] as const);
    expect(detector?.judge(dailyView(families)).detections ?? []).toEqual([]);
    const { detections, notEvaluated } = detector?.judge(dailyView(Object.fromEntries(scaled))) ?? { detections: null, notEvaluated: null };
    expect(detections ?? []).toEqual([]);
    if (reason !== null) expect(notEvaluated?.reason).toBe(reason);
  });
});

function scale(values: Values, names: RegExp, factor: number): Values {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, names.test(name) ? value * factor : value]));
}
