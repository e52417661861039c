/** Alarm flags, levels and fault words as a report item. */
import type { DtcReading, DtcSystem } from "@bellwether/contracts/sample";
import type { SignalValues } from "@bellwether/contracts/signals";
import { sent } from "./encodeItems.ts";
import type { Edition } from "./frame.ts";
import type { ReportItem } from "./report.ts";
import { FLAG_NAMES } from "./special.ts";

/** The alarm item, or null when there is neither an alarm signal nor a fault. */
export function alarmItem(edition: Edition, values: Readonly<SignalValues>, dtcs: readonly DtcReading[]): ReportItem | null {
  if (values.alarmLevel === undefined && values.alarmFlags === undefined && dtcs.length === 0) return null;
  const shared = {
    name: "alarm",
    max_level: sent(values.alarmLevel),
    general_flags_raw: values.alarmFlags ?? flagsOf(dtcs),
    general_flags: [],
    ess_faults: codesOf(dtcs, "gbt_ess"),
    drive_motor_faults: codesOf(dtcs, "gbt_motor"),
    engine_faults: codesOf(dtcs, "gbt_engine"),
    other_faults: codesOf(dtcs, "gbt_other"),
  } as const;
  return edition === 2016 ? { ...shared, type: 0x07 } : { ...shared, type: 0x06, general_fault_levels: levelsOf(dtcs) };
}

function codesOf(dtcs: readonly DtcReading[], system: DtcSystem): string[] {
  return dtcs.filter((dtc) => dtc.system === system).map((dtc) => dtc.code);
}

const NAMES: readonly string[] = FLAG_NAMES;
const bitOf = (dtc: DtcReading): number => NAMES.indexOf(dtc.code);
const isFlag = (dtc: DtcReading): boolean => dtc.system === "gbt_flag" && bitOf(dtc) >= 0;

function flagsOf(dtcs: readonly DtcReading[]): number {
  return dtcs.filter(isFlag).reduce((raw, dtc) => (raw | (1 << bitOf(dtc))) >>> 0, 0);
}

function levelsOf(dtcs: readonly DtcReading[]): { bit: number; level: number }[] {
  return dtcs.filter(isFlag).flatMap((dtc) => (dtc.level === undefined ? [] : [{ bit: bitOf(dtc), level: dtc.level }]));
}
