import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { evaluateCellDays } from "@bellwether/analytics/detectors/abnormalCell/evaluateCellDays";
import { describe, expect, it } from "vitest";
import { LEAF_OBD_LOG, readCellDays } from "./cellRecording.ts";
import { evaluateEvCellFaults, scoreCells } from "./evCellFaults.ts";

const data = fileURLToPath(new URL("../../../../shared/data", import.meta.url));

describe.skipIf(!existsSync(`${data}/ev-cell-faults`))("abnormal cell on recorded vehicles (skipped without ../shared/data)", () => {
  it("reports cell 82 of car 2 and no other cell of car 1 and car 2", async () => {
    const cars = await evaluateEvCellFaults(`${data}/ev-cell-faults`);
    for (const car of cars) process.stdout.write(`${car.car}: ${car.days} days, reported ${JSON.stringify(car.reported)}\n`);
    const [car1, car2] = [cars.find((c) => c.car === "car1"), cars.find((c) => c.car === "car2")];
    expect(car1?.reported).toEqual([]);
    expect(car2?.reported.map((r) => r.cell)).toEqual([82]);
    expect((car2?.reported[0]?.firstSeen ?? "") < "2019-07-18").toBe(true);
    expect((car2?.reported[0]?.firstSeen ?? "") > "2019-04-16").toBe(true);
    expect(scoreCells(cars)).toMatchObject({ precision: 1, recall: 1 });
  });

  it("stays quiet over 22 months of a vehicle without a known cell fault", async () => {
    expect(evaluateCellDays(await readCellDays(`${data}/leaf-obd-log/leaf_a.csv.gz`, LEAF_OBD_LOG))).toEqual([]);
  });
});
