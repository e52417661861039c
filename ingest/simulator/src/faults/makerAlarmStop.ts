import { type FaultKind, momentOf } from "./fault.ts";

const DAY_MS = 86_400_000;
const INTERLOCK_BIT = 16;

/** The car's own alarm of the highest driving level: stop at once. The high-voltage interlock opens through one day's drives. */
export const makerAlarmStop: FaultKind = {
  kind: "maker_alarm_stop",
  component: "vehicle",
  plant(site) {
    const startMs = Math.floor(momentOf(site, site.random.between(0.4, 0.85)) / DAY_MS) * DAY_MS;
    return {
      cell: null,
      probe: null,
      startMs,
      course: [
        { atMs: startMs, magnitude: 3 },
        { atMs: startMs + 3 * DAY_MS, magnitude: 3 },
        { atMs: startMs + 3 * DAY_MS + 1, magnitude: 0 },
      ],
      unit: "alarm level",
      expected: { sourceIds: ["maker-alarm-level-3"], byMs: startMs + 3 * DAY_MS },
      explains: ["vehicle", "drive"],
      sentence: "The car raises its own alarm of level 3: high-voltage interlock.",
    };
  },
  bendHabits: (habits) => ({ ...habits, idleDayShare: 0 }),
  changeReading(fault, reading) {
    if (reading.timeMs < fault.startMs || reading.timeMs > fault.startMs + 3 * DAY_MS) return;
    if (reading.segment.kind !== "drive") return;
    reading.alarmLevel = Math.max(reading.alarmLevel, 3);
    reading.alarmFlags |= 1 << INTERLOCK_BIT;
  },
};
