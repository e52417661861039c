import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import type { VehicleMaster } from "../detectors/detector.ts";

const masterRow = z.object({
  vin: z.string(),
  model: z.string(),
  chemistry: z.string(),
  region: z.string(),
  built_on: z.string().nullable(),
  nominal_ah: z.number().nullable(),
  warranty_soh_pct: z.number().nullable(),
  warranty_until: z.string().nullable(),
});

/** Master data of all vehicles that have any. */
export async function readMasterData(store: ColumnStore): Promise<ReadonlyMap<string, VehicleMaster>> {
  const rows = await store.query(
    `SELECT vin, argMax(model, revision) AS model, argMax(chemistry, revision) AS chemistry,
       argMax(region, revision) AS region, argMax(tuple(built_on), revision).1 AS built_on, argMax(tuple(nominal_ah), revision).1 AS nominal_ah,
       argMax(tuple(warranty_soh_pct), revision).1 AS warranty_soh_pct, argMax(tuple(warranty_until), revision).1 AS warranty_until
     FROM vehicles GROUP BY vin`,
    masterRow,
  );
  return new Map(
    rows.map(({ vin, model, chemistry, region, built_on: builtOn, nominal_ah, warranty_soh_pct, warranty_until }) => {
      const warranty = { sohPct: warranty_soh_pct, until: warranty_until };
      return [vin, { model, chemistry, market: region, builtOn, nominalAh: nominal_ah, warranty }];
    }),
  );
}
