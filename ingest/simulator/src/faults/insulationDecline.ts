import { magnitudeAt } from "../truth.ts";
import { daysAfter, type FaultKind, growthDays, momentOf } from "./fault.ts";

const FROM_KOHM = 20_000;
const STEPS = 12;
const LEAD_DAYS = 21;

/** Insulation that wears away over months: the resistance falls exponentially, so that there is time to see it coming. */
export const insulationDecline: FaultKind = {
  kind: "insulation_decline",
  component: "battery_insulation",
  plant(site) {
    const { random } = site;
    const startMs = momentOf(site, random.between(0.05, 0.15));
    const toKohm = random.between(60, 110);
    const days = growthDays(site, 400) * random.between(2.2, 2.4);
    const limitKohm = 0.5 * 3.7 * site.profile.cells;
    const daysToLimit = (days * Math.log(FROM_KOHM / limitKohm)) / Math.log(FROM_KOHM / toKohm);
    return {
      cell: null,
      probe: null,
      startMs,
      course: Array.from({ length: STEPS * 3 + 1 }, (_, i) => ({
        atMs: daysAfter(startMs, (days * i) / (STEPS * 3)),
        magnitude: FROM_KOHM * (toKohm / FROM_KOHM) ** (i / (STEPS * 3)),
      })),
      unit: "kΩ",
      expected: { sourceIds: ["insulation-trend"], byMs: daysAfter(startMs, daysToLimit - LEAD_DAYS) },
      explains: ["battery_insulation"],
      sentence: `Insulation resistance falls over ${Math.round(days)} days to ${Math.round(toKohm)} kΩ and passes 500 Ω/V on day ${Math.round(daysToLimit)} of it.`,
    };
  },
  changeDay(fault, day) {
    if (day.startMs < fault.startMs) return;
    // In parallel with what the healthy car leaks, wet or dry.
    day.insulationKohm = 1 / (1 / day.insulationKohm + 1 / (magnitudeAt(fault, day.startMs) * (day.isWet ? 0.8 : 1)));
  },
};
