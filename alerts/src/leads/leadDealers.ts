import type { ColumnStore } from "@bellwether/clickhouse/store";
import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import type { AlertSnapshot } from "../alertState.ts";
import { findDealerOfLead } from "../leads.ts";
import { findDealer } from "../people.ts";
import type { DealerContact } from "../route.ts";
import { type RankedDealer, type RoutingQuestion, rankDealers } from "./leadRouting.ts";

const dealerRow = z.object({
  id: z.string(),
  region: z.string(),
  skills: z.array(z.string()),
  capacityPerWeek: z.number().nullable(),
  openLeads: z.number(),
});

/** The dealers of the lead's region, best first. */
export async function findDealersFor(tx: Queryable, question: RoutingQuestion): Promise<readonly RankedDealer[]> {
  if (question.region === "") return [];
  const dealers = await tx.query(
    `SELECT d.id, d.region, d.skills, d.capacity_per_week AS "capacityPerWeek",
       (SELECT count(*) FROM leads l WHERE l.dealer_id = d.id AND l.state <> 'closed')::int AS "openLeads"
     FROM dealers d WHERE d.region = $1`,
    [question.region],
    dealerRow,
  );
  return rankDealers(question, dealers);
}

/** The region a vehicle is registered in; empty when not known. */
async function findRegion(store: ColumnStore, vin: string): Promise<string> {
  const rows = await store.query(
    "SELECT argMax(region, revision) AS region FROM vehicles WHERE vin = {vin: String}",
    z.object({ region: z.string() }),
    { params: { vin } },
  );
  return rows[0]?.region ?? "";
}

/** Who an alert's lead is or should be with: whoever has it, the owner's dealer, or the best of the region; null: nobody. */
export async function findLeadDealer(
  tx: Queryable,
  store: ColumnStore,
  { id, vin, component }: Pick<AlertSnapshot, "id" | "vin" | "component">,
  own: DealerContact | null,
): Promise<{ dealer: DealerContact | null; region: string }> {
  const region = await findRegion(store, vin);
  const current = await findDealerOfLead(tx, id);
  if (current !== null) return { dealer: await findDealer(tx, current), region };
  if (own !== null) return { dealer: own, region };
  const [best] = await findDealersFor(tx, { component, region, tried: [] });
  return { dealer: best === undefined ? null : await findDealer(tx, best.id), region };
}
