/** A recorded car whose cloud says how full its 12 V battery is, irregularly and in percent: seven weeks in which nothing failed. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { type AuxRow, auxVerdicts } from "./leafAux.ts";
import { numberIn, readRows } from "./tables.ts";

const FILE = fileURLToPath(new URL("../../../../shared/data/ioniq5-12v/monitor.csv", import.meta.url));
/** Open-circuit voltage of an AGM battery empty and full at 25 °C (methods 3.1). */
const EMPTY_V = 12;
const FULL_V = 12.75;
const DAY_S = 86_400;
const isHere = existsSync(FILE);

it.skipIf(!isHere)(
  `holds the 12 V battery of a recorded Ioniq 5 for sound in every month${isHere ? "" : " (skipped: no recording)"}`,
  async () => {
    const rows = await restRows();
    expect(rows.length).toBeGreaterThan(100);
    const verdicts = auxVerdicts(rows);
    expect(verdicts.map(({ month }) => month)).toEqual(["2023-01", "2023-02"]);
    for (const { verdict, symptoms, reason } of verdicts) {
      expect(verdict).toBe("ok");
      expect(symptoms).toEqual([]);
      expect(reason).toMatch(/^wakes at 12\.\d\d V/);
    }
  },
);

it.skipIf(!isHere)(
  `calls it weak where the same car's reports fall by a fifth in the second month${isHere ? "" : " (skipped: no recording)"}`,
  async () => {
    const fallen = (await restRows()).map((row) => (new Date(row.atS * 1000).getUTCMonth() === 1 ? { ...row, v: row.v - 0.4 } : row));
    expect(auxVerdicts(fallen).map(({ verdict }) => verdict)).toEqual(["ok", "weak"]);
  },
);

/** What was reported with the motor off and nothing charging, in order; repeated lines once. */
async function restRows(): Promise<AuxRow[]> {
  const byTime = new Map<number, AuxRow>();
  for await (const row of readRows(FILE)) {
    const percent = numberIn(row, "12V%");
    const atS = Date.parse((row["datetime"] ?? "").replace(" ", "T")) / 1000;
    if (percent === null || !Number.isFinite(atS) || row["engineOn"] !== "False" || row["charging"] === "True") continue;
    byTime.set(atS, { atS, dayNumber: Math.floor(atS / DAY_S), v: EMPTY_V + ((FULL_V - EMPTY_V) * percent) / 100 });
  }
  return [...byTime.values()].sort((a, b) => a.atS - b.atS);
}
