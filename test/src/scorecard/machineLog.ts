/** Reads a folder of machine logs: error codes, replacements, failures and machine ages, by their columns. */
import type { UnitEvent } from "@bellwether/analytics/codes/codeInstants";
import { groupBy } from "./groupBy.ts";
import { tell } from "./recordedText.ts";
import { filesWithColumns, numberIn, readRows, requireFiles } from "./tables.ts";

export interface MachineLog {
  /** Codes and replacements of all machines by time. */
  readonly events: readonly UnitEvent[];
  readonly ageYears: ReadonlyMap<string, number>;
  /** Times of failure of each machine, ascending, without repeats; null where the folder has no failures file. */
  readonly failuresMs: ReadonlyMap<string, readonly number[]> | null;
}

/** Throws `input_unreadable` without error codes; the other files may be absent. */
export async function readMachineLog(folder: string): Promise<MachineLog> {
  const codes = await eventsOf(await requireFiles(folder, ["datetime", "machineID", "errorID"]), "code", "errorID");
  const replacements = await eventsOf(await filesWithColumns(folder, ["datetime", "machineID", "comp"]), "replacement", "comp");
  const failureFiles = await filesWithColumns(folder, ["datetime", "machineID", "failure"]);
  return {
    events: [...codes, ...replacements].sort((a, b) => a.atMs - b.atMs),
    ageYears: await agesOf(await filesWithColumns(folder, ["machineID", "age"])),
    failuresMs: failureFiles.length === 0 ? null : failureTimes(await eventsOf(failureFiles, "replacement", "failure")),
  };
}

/** The first failure of `machine` after `atMs` and no later than `horizonMs` after it; null when there is none. */
export function failureWithin(log: MachineLog, machine: string, atMs: number, horizonMs: number): number | null {
  return log.failuresMs?.get(machine)?.find((failedMs) => failedMs > atMs && failedMs - atMs <= horizonMs) ?? null;
}

async function eventsOf(files: readonly string[], kind: UnitEvent["kind"], column: string): Promise<UnitEvent[]> {
  const events: UnitEvent[] = [];
  for (const file of files) {
    let unread = 0;
    for await (const row of readRows(file)) {
      const atMs = timeOf(row["datetime"] ?? "");
      const unit = row["machineID"]?.trim() ?? "";
      const name = row[column]?.trim() ?? "";
      if (Number.isFinite(atMs) && unit !== "" && name !== "") events.push({ unit, atMs, kind, name });
      else unread += 1;
    }
    if (unread > 0) tell(`${file}: ${unread} rows without a readable time, machine or ${column} left out`);
  }
  return events;
}

/** `2020-01-31 06:00:00` or, as this set is often copied, `1/31/2020 6:00:00 AM`; both as UTC. NaN for another form. */
function timeOf(text: string): number {
  const [, month, day, year, hour, minute, second, half] =
    /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d{2}):(\d{2})(?: ([AP])M)?$/i.exec(text.trim()) ?? [];
  if (year === undefined) return Date.parse(`${text.trim().replace(" ", "T").replace(/Z$/, "")}Z`);
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half.toUpperCase() === "P" ? 12 : 0);
  return Date.UTC(Number(year), Number(month) - 1, Number(day), hours, Number(minute), Number(second));
}

async function agesOf(files: readonly string[]): Promise<Map<string, number>> {
  const ages = new Map<string, number>();
  for (const file of files) {
    for await (const row of readRows(file)) {
      const age = numberIn(row, "age");
      if (age !== null) ages.set(row["machineID"]?.trim() ?? "", age);
    }
  }
  return ages;
}

function failureTimes(failures: readonly UnitEvent[]): Map<string, number[]> {
  const byMachine = groupBy(failures, ({ unit }) => unit);
  return new Map([...byMachine].map(([unit, own]) => [unit, [...new Set(own.map(({ atMs }) => atMs))].sort((a, b) => a - b)]));
}
