/** Reads the folder ev-charge-tests: the cars' 1 Hz segments, and their ratings and tested capacities as far as given. */
import type { ChargeSample, ChargeSegment } from "@bellwether/analytics/features/chargeTest/chargeEvidence";
import { filesWithColumns, numberIn, readRows, requireFiles } from "./tables.ts";

export interface ChargeCar {
  readonly vehicle: string;
  /** In the order of the test. */
  readonly segments: readonly { readonly segment: string; readonly record: ChargeSegment }[];
  /** The same for the same record, whatever the car is called. */
  readonly fingerprint: string;
}

export interface CarMaster {
  readonly ratedAh: number | null;
  /** Null in held-out data. */
  readonly capacityAh: number | null;
}

const COLUMNS = ["vehicle", "segment", "soc_start_pct", "soc_end_pct", "current_a", "q_ah", "vmean_v"];

interface OpenSegment {
  readonly segment: string;
  readonly record: { readonly socStartPct: number; readonly socEndPct: number; readonly samples: ChargeSample[] };
}

/** Cars in the order of the files, segments by number. Rows with a missing number are skipped. */
export async function readChargeCars(folder: string): Promise<ChargeCar[]> {
  const cars = new Map<string, Map<string, OpenSegment>>();
  for (const file of await requireFiles(folder, COLUMNS)) {
    for await (const row of readRows(file)) addRow(cars, row);
  }
  return [...cars].map(([vehicle, segments]) => {
    const ordered = [...segments.values()].sort((a, b) => Number(a.segment) - Number(b.segment));
    return { vehicle, segments: ordered, fingerprint: JSON.stringify(ordered[0]?.record.samples.slice(0, 300)) };
  });
}

function addRow(cars: Map<string, Map<string, OpenSegment>>, row: Readonly<Record<string, string>>): void {
  const [socStartPct, socEndPct, dischargeA, chargeAh, meanCellV] = COLUMNS.slice(2).map((column) => numberIn(row, column));
  if (socStartPct == null || socEndPct == null || dischargeA == null || chargeAh == null || meanCellV == null) return;
  const [vehicle, segment] = [row["vehicle"] ?? "", row["segment"] ?? ""];
  const segments = cars.get(vehicle) ?? new Map<string, OpenSegment>();
  const open = segments.get(segment) ?? { segment, record: { socStartPct, socEndPct, samples: [] } };
  open.record.samples.push({ currentA: -dischargeA, chargeAh, meanCellV });
  segments.set(segment, open);
  cars.set(vehicle, segments);
}

/** Ratings and, where given, capacities by car; empty where the folder has no such file. */
export async function readMasters(folder: string): Promise<Map<string, CarMaster>> {
  const masters = new Map<string, CarMaster>();
  for (const file of await filesWithColumns(folder, ["vehicle", "rated_ah"])) {
    for await (const row of readRows(file)) {
      const ratedAh = numberIn(row, "rated_ah");
      const health = numberIn(row, "soh");
      const capacityAh = numberIn(row, "capacity_ah") ?? (ratedAh === null || health === null ? null : ratedAh * health);
      masters.set(row["vehicle"] ?? "", { ratedAh, capacityAh });
    }
  }
  return masters;
}
