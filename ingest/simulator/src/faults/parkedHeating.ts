import { magnitudeAt } from "../truth.ts";
import { type FaultKind, momentOf } from "./fault.ts";

const DAY_MS = 86_400_000;
/** 22:30 UTC: nothing else is planned after 22:00, so the car stands and no current flows. */
const EVENT_S = 81_000;
const DURATION_S = 1500;
const HOT_PROBE_SHARE = 0.25;

/** The rare and critical one: part of the pack warms by itself while the car is parked, 5 °C a minute. */
export const parkedHeating: FaultKind = {
  kind: "parked_heating",
  component: "battery_thermal",
  plant(site) {
    const day = Math.floor(momentOf(site, site.random.between(0.5, 0.85)) / DAY_MS);
    const startMs = day * DAY_MS + EVENT_S * 1000;
    const peakC = site.random.between(65, 80);
    return {
      cell: null,
      probe: null,
      startMs,
      course: [
        { atMs: startMs, magnitude: 0 },
        { atMs: startMs + 780_000, magnitude: peakC },
        { atMs: startMs + DURATION_S * 1000, magnitude: peakC },
        { atMs: startMs + DURATION_S * 1000 + 1, magnitude: 0 },
      ],
      unit: "°C above the rest of the pack",
      expected: { sourceIds: ["parked-temperature-rise", "pack-over-temperature"], byMs: startMs + DURATION_S * 1000 },
      explains: ["battery_thermal"],
      sentence: `Part of the pack warms by ${Math.round(peakC)} °C while parked without current.`,
    };
  },
  addIntents(fault, dayStartMs) {
    const isToday = Math.floor(fault.startMs / DAY_MS) * DAY_MS === dayStartMs;
    return isToday ? [{ kind: "wake", startS: EVENT_S, durationS: DURATION_S }] : [];
  },
  changeReading(fault, reading) {
    const riseC = magnitudeAt(fault, reading.timeMs);
    if (riseC === 0) return;
    const hotProbes = Math.ceil(reading.probeC.length * HOT_PROBE_SHARE);
    for (let i = 0; i < hotProbes; i++) reading.probeC[i] = (reading.probeC[i] ?? 0) + riseC * (1 - 0.1 * (i / hotProbes));
  },
};
