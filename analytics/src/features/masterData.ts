import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import type { VehicleMaster } from "../detectors/detector.ts";

const masterRow = z.object({ vin: z.string(), model: z.string(), chemistry: z.string(), nominal_ah: z.number().nullable() });

/** Master data of all vehicles that have any. */
export async function readMasterData(store: ColumnStore): Promise<ReadonlyMap<string, VehicleMaster>> {
  const rows = await store.query(
    `SELECT vin, argMax(model, revision) AS model, argMax(chemistry, revision) AS chemistry, argMax(tuple(nominal_ah), revision).1 AS nominal_ah
     FROM vehicles GROUP BY vin`,
    masterRow,
  );
  return new Map(rows.map((row) => [row.vin, { model: row.model, chemistry: row.chemistry, nominalAh: row.nominal_ah }]));
}
