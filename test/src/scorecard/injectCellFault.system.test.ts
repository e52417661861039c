import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { evaluateCellDays } from "@bellwether/analytics/detectors/abnormalCell/evaluateCellDays";
import type { CellDay } from "@bellwether/analytics/features/cellDaily";
import { beforeAll, describe, expect, it } from "vitest";
import { LEAF_OBD_LOG, readCellDays } from "./cellRecording.ts";
import { type InjectedFault, injectCellFault } from "./injectCellFault.ts";

const file = fileURLToPath(new URL("../../../../shared/data/leaf-obd-log/leaf_a.csv.gz", import.meta.url));
/** About two months of driving, reported every 30 s. */
const PERIODS = [
  ["2017-05-15", "2017-07-15"],
  ["2018-08-29", "2018-10-31"],
] as const;
const CELLS = [1, 48];

describe.skipIf(!existsSync(file))("faults planted into a recorded healthy vehicle (skipped without ../shared/data)", () => {
  let record: CellDay[] = [];
  beforeAll(async () => {
    const seen = new Set<number>();
    const every30s = (timeMs: number): boolean => seen.size < seen.add(Math.floor(timeMs / 30_000)).size;
    record = await readCellDays(file, LEAF_OBD_LOG, every30s);
  });

  it.each<InjectedFault>([
    { kind: "offset", depthMv: 25 },
    { kind: "leak", mvPerDay: 1.3 },
    { kind: "resistance", mohm: 0.25 },
    { kind: "contact", mohm: 2, share: 0.15 },
    { kind: "capacity", lossPct: 8 },
  ])("names the right cell and no other: %o", (fault) => {
    for (const [from, to] of PERIODS) {
      const days = record.filter((d) => d.day >= from && d.day <= to);
      for (const cell of CELLS) {
        const reported = evaluateCellDays(injectCellFault(days, cell, days[10]?.day ?? from, fault));
        expect([from, reported.map((r) => r.cell)]).toEqual([from, [cell]]);
      }
    }
  });
});
