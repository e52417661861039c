import { magnitudeAt } from "../truth.ts";
import { daysAfter, type FaultKind, growthDays, momentOf } from "./fault.ts";

const RAMP_S = 1800;
const HOT_PROBE_SHARE = 0.3;

/** The coolant pump stops: for some days a third of the pack passes 60 °C (65 °C in LFP) in every charge. */
export const overTemperature: FaultKind = {
  kind: "over_temperature",
  component: "battery_thermal",
  plant(site) {
    const { random, profile } = site;
    const startMs = momentOf(site, random.between(0.3, 0.7));
    const peakC = (profile.chemistry === "LFP" ? 69 : 65) + random.between(0, 4);
    const endMs = daysAfter(startMs, growthDays(site, 9));
    return {
      cell: null,
      probe: null,
      startMs,
      course: [
        { atMs: startMs, magnitude: peakC },
        { atMs: endMs, magnitude: peakC },
        { atMs: endMs + 1, magnitude: 0 },
      ],
      unit: "°C at the end of a charge",
      expected: { sourceIds: ["pack-over-temperature"], byMs: daysAfter(startMs, 4) },
      explains: ["battery_thermal"],
      sentence: `Part of the pack reaches ${Math.round(peakC)} °C while charging.`,
    };
  },
  bendHabits: (habits) => ({ ...habits, idleDayShare: 0, chargeBelowSoc: 0.85, usualTargetSoc: 0.95, acKw: Math.min(habits.acKw, 7) }),
  changeReading(fault, reading) {
    if (reading.segment.kind !== "charge" || reading.timeMs < fault.startMs) return;
    const peakC = magnitudeAt(fault, reading.timeMs);
    const share = Math.min((reading.atS - reading.segment.startS) / RAMP_S, 1);
    const hotProbes = Math.ceil(reading.probeC.length * HOT_PROBE_SHARE);
    for (let i = 0; i < hotProbes; i++) {
      const coolC = reading.probeC[i] ?? 0;
      reading.probeC[i] = coolC + Math.max(peakC - coolC, 0) * share;
    }
  },
};
