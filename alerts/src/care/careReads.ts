import type { ColumnStore } from "@bellwether/clickhouse/store";
import { COMPONENTS } from "@bellwether/contracts/finding";
import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { msColumn } from "../rows.ts";
import type { CareFacts, MaintenanceDone } from "./careDecision.ts";

/** What care is decided on: master data, the last 60 days of use, and maintenance that was done. One read for many vehicles. */

const WINDOW_DAYS = 60;
const value = z.number().nullable();
const dayRow = z.object({
  vin: z.string(),
  day: z.string(),
  distanceKm: value,
  chargingH: value,
  dcChargingH: value,
  ambientMinC: value,
  odometerKm: value,
});
const masterRow = z.object({ vin: z.string(), model: z.string(), region: z.string(), builtOn: z.string().nullable() });

export async function readCareFacts(
  db: Queryable,
  store: Pick<ColumnStore, "query">,
  vins: readonly string[],
  nowMs: number,
): Promise<ReadonlyMap<string, CareFacts>> {
  const since = new Date(nowMs - WINDOW_DAYS * 86_400_000).toISOString().slice(0, 10);
  const params = { vins: [...vins], since };
  const feature = (name: string) => `if(mapContains(features, '${name}'), features['${name}'], NULL) AS ${name}`;
  const [days, masters, done] = await Promise.all([
    store.query(
      `SELECT vin, day, ${["distanceKm", "chargingH", "dcChargingH", "ambientMinC", "odometerKm"].map(feature).join(", ")}
       FROM daily_features FINAL WHERE vin IN {vins: Array(String)} AND day >= {since: Date} AND family = 'usage' ORDER BY vin, day`,
      dayRow,
      { params },
    ),
    store.query(
      `SELECT vin, argMax(model, revision) AS model, argMax(region, revision) AS region, argMax(tuple(built_on), revision).1 AS builtOn
       FROM vehicles WHERE vin IN {vins: Array(String)} GROUP BY vin`,
      masterRow,
      { params: { vins: [...vins] } },
    ),
    readDone(db, vins),
  ]);
  return new Map(
    vins.map((vin) => {
      const own = days.filter((day) => day.vin === vin);
      const master = masters.find((row) => row.vin === vin);
      return [
        vin,
        {
          ...{ model: master?.model ?? "", region: master?.region ?? "", builtOn: master?.builtOn ?? null },
          odometerKm: own.findLast(({ odometerKm }) => odometerKm !== null)?.odometerKm ?? null,
          days: own,
          done: done.filter((one) => one.vin === vin),
        },
      ];
    }),
  );
}

const doneRow = z.object({
  vin: z.string(),
  item: z.string().nullable(),
  component: z.enum(COMPONENTS).nullable(),
  atMs: msColumn,
  odometerKm: value,
});

/** The owner's word, and routine visits of workshops. Without an odometer in the order, its interval runs by time alone. */
function readDone(db: Queryable, vins: readonly string[]): Promise<readonly (MaintenanceDone & { readonly vin: string })[]> {
  return db.query(
    `SELECT vin, item, NULL AS component, done_at AS "atMs", odometer_km AS "odometerKm" FROM maintenance_done WHERE vin = ANY ($1)
     UNION ALL
     SELECT vin, NULL, component, at, odometer_km FROM repair_orders WHERE vin = ANY ($1) AND cause = 'routine' AND outcome <> 'customer_declined'`,
    [[...vins]],
    doneRow,
  );
}
