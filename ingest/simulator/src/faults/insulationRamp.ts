import { magnitudeAt } from "../truth.ts";
import { daysAfter, type FaultKind, growthDays, momentOf } from "./fault.ts";

const FROM_KOHM = 1600;
const STEPS = 6;

/** Moisture or chafed insulation: the resistance to the body falls exponentially to below 500 Ω/V and stays there. */
export const insulationRamp: FaultKind = {
  kind: "insulation_ramp",
  component: "battery_insulation",
  plant(site) {
    const { random } = site;
    const startMs = momentOf(site, random.between(0.25, 0.5));
    const toKohm = random.between(45, 110);
    const days = growthDays(site, random.between(14, 18));
    return {
      cell: null,
      probe: null,
      startMs,
      course: Array.from({ length: STEPS + 1 }, (_, i) => ({
        atMs: daysAfter(startMs, (days * i) / STEPS),
        magnitude: FROM_KOHM * (toKohm / FROM_KOHM) ** (i / STEPS),
      })),
      unit: "kΩ",
      expected: { sourceIds: ["insulation-low", "insulation-critical"], byMs: daysAfter(startMs, days + 2) },
      explains: ["battery_insulation"],
      sentence: `Insulation resistance falls to ${Math.round(toKohm)} kΩ within ${Math.round(days)} days.`,
    };
  },
  changeDay(fault, day) {
    if (day.startMs < fault.startMs) return;
    day.insulationKohm = Math.min(day.insulationKohm, magnitudeAt(fault, day.startMs) * (day.isWet ? 0.8 : 1));
  },
};
