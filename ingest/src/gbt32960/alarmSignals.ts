/** Alarm items as signals and trouble codes. */
import type { DtcReading, DtcSystem } from "@bellwether/contracts/sample";
import { type Draft, mark, setNumber } from "./draft.ts";
import type { ItemNamed } from "./report.ts";
import { FLAG_NAMES } from "./special.ts";

type Alarm = ItemNamed<"alarm">;

/** The flag field has no sentinel in the standard; filled with FF it would raise every alarm at once. */
const FLAGS_ABNORMAL = 0xfffffffe;
const FLAGS_INVALID = 0xffffffff;
const LEVEL_MAX = 4;

export function setAlarm(draft: Draft, alarm: Alarm): void {
  setNumber(draft, "alarmLevel", alarm.max_level);
  if (alarm.general_flags_raw >= FLAGS_ABNORMAL) {
    mark(draft, "alarmFlags", alarm.general_flags_raw === FLAGS_INVALID ? "invalid" : "abnormal");
  } else {
    draft.values.alarmFlags = alarm.general_flags_raw;
    draft.dtcs.push(...flagReadings(alarm));
  }
  pushFaults(draft, "gbt_ess", alarm.ess_faults);
  pushFaults(draft, "gbt_motor", alarm.drive_motor_faults);
  pushFaults(draft, "gbt_engine", alarm.engine_faults);
  pushFaults(draft, "gbt_other", alarm.other_faults);
}

/** Every raised flag, with its own level where the 2025 list gives one. */
function flagReadings(alarm: Alarm): DtcReading[] {
  const levels = "general_fault_levels" in alarm && typeof alarm.general_fault_levels !== "string" ? alarm.general_fault_levels : [];
  return alarm.general_flags.map((code) => {
    const level = levels.find(({ bit }) => FLAG_NAMES[bit] === code)?.level;
    return level === undefined || level > LEVEL_MAX ? { system: "gbt_flag", code } : { system: "gbt_flag", code, level };
  });
}

function pushFaults(draft: Draft, system: DtcSystem, faults: readonly string[] | string): void {
  if (typeof faults === "string") return;
  for (const code of faults) draft.dtcs.push({ system, code });
}
