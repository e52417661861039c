import { mixUnit } from "../random.ts";
import { daysAfter, type FaultKind, growthDays, momentOf } from "./fault.ts";

const DC_DC_STATE_BIT = 14;
const FLAP_S = 120;

/** The car's own alarm, level 2, comes and goes for days: many changes of the same bit, one matter. */
export const makerAlarmBursts: FaultKind = {
  kind: "maker_alarm_bursts",
  component: "vehicle",
  plant(site) {
    const startMs = momentOf(site, site.random.between(0.25, 0.7));
    const endMs = daysAfter(startMs, growthDays(site, 10));
    return {
      cell: null,
      probe: null,
      startMs,
      course: [
        { atMs: startMs, magnitude: 2 },
        { atMs: endMs, magnitude: 2 },
        { atMs: endMs + 1, magnitude: 0 },
      ],
      unit: "alarm level",
      expected: { sourceIds: ["maker-alarm-level-2"], byMs: daysAfter(startMs, 5) },
      explains: ["vehicle", "charging", "aux_battery"],
      sentence: "The DC-DC converter's alarm of level 2 comes and goes.",
    };
  },
  bendHabits: (habits) => ({ ...habits, idleDayShare: 0.03 }),
  changeReading(fault, reading) {
    const endMs = fault.course[1]?.atMs ?? fault.startMs;
    if (reading.timeMs < fault.startMs || reading.timeMs > endMs || reading.segment.kind !== "drive") return;
    if (mixUnit(reading.day.seed, Math.floor(reading.atS / FLAP_S)) < 0.5) return;
    reading.alarmLevel = Math.max(reading.alarmLevel, 2);
    reading.alarmFlags |= 1 << DC_DC_STATE_BIT;
  },
};
