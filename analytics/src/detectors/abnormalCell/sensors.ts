import type { CellDay } from "../../features/cellDaily.ts";
import { remember } from "./memory.ts";
import type { AbnormalCellParams } from "./params.ts";
import type { SensorFault } from "./verdict.ts";

/** Channels whose readings say nothing about the cell behind them (methods 0.2, items 2 and 4), over the last 5 usable days. */
export function sensorFaults(usableDays: readonly (readonly CellDay[])[], params: AbnormalCellParams): SensorFault[] {
  const recent = usableDays.slice(-5);
  if (recent.every((rows) => rows.every((row) => isImpeccable(row)))) return [];
  const cells = recent.at(-1)?.[0]?.cells ?? 0;
  return Array.from({ length: cells }, (_, i) => i).flatMap((i): SensorFault[] => {
    const stuck = recent.filter((rows) => rows.some((r) => r.stuck[i] === true)).length;
    const implausible = recent.filter((rows) => implausibleShare(rows, i) >= params.implausibleShare).length;
    if (stuck >= params.sensorDays) return [{ cell: i + 1, reason: "stuck", days: stuck }];
    return implausible >= params.sensorDays ? [{ cell: i + 1, reason: "implausible_readings", days: implausible }] : [];
  });
}

/** No channel was stuck and none had an impossible reading: the usual day. */
const isImpeccable = remember((row: CellDay) => !row.stuck.includes(true) && row.implausible.every((n) => n === 0));

function implausibleShare(rows: readonly CellDay[], i: number): number {
  const implausible = rows.reduce((n, r) => n + (r.implausible[i] ?? 0), 0);
  const plausible = rows.reduce((n, r) => n + (r.usable[i] ?? 0), 0);
  return implausible + plausible === 0 ? 0 : implausible / (implausible + plausible);
}
