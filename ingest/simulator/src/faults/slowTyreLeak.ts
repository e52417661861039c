import { magnitudeHours } from "../truth.ts";
import { daysAfter, type FaultKind, momentOf } from "./fault.ts";

const WHEELS = ["front left", "front right", "rear left", "rear right"] as const;
/** Below this the tyre is changed, whatever happens. */
const FLAT_KPA = 60;

/** A nail or a leaking valve: one tyre loses 0.6 to 2 kPa a day more than the others. Inflating all four hides it for a while. */
export const slowTyreLeak: FaultKind = {
  kind: "slow_tyre_leak",
  component: "tyre",
  plant(site) {
    const { random } = site;
    const startMs = momentOf(site, random.between(0.2, 0.45));
    const wheel = random.integer(0, 3);
    const kpaPerDay = random.between(0.6, 2);
    return {
      cell: null,
      probe: null,
      place: wheel,
      startMs,
      course: [{ atMs: startMs, magnitude: kpaPerDay }],
      unit: "kPa a day",
      expected: { sourceIds: ["tyre-leak"], byMs: daysAfter(startMs, 28) },
      explains: ["tyre"],
      sentence: `The ${WHEELS[wheel] ?? "first"} tyre loses ${kpaPerDay.toFixed(1)} kPa a day.`,
    };
  },
  changeDay(fault, day) {
    const { tyreKpa25, inflatedMs } = day.wear;
    const noonMs = day.startMs + 43_200_000;
    const lostKpa = (magnitudeHours(fault, noonMs) - magnitudeHours(fault, inflatedMs)) / 24;
    const wheel = fault.place ?? 0;
    tyreKpa25[wheel] = Math.max((tyreKpa25[wheel] ?? 0) - lostKpa, FLAT_KPA);
  },
};
