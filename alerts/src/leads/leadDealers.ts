import type { ColumnStore } from "@bellwether/clickhouse/store";
import type { Component } from "@bellwether/contracts/finding";
import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import type { AlertSnapshot } from "../alert/alertState.ts";
import { findDealer } from "../routing/people.ts";
import type { DealerContact } from "../routing/route.ts";
import { toTimestamp } from "../rows.ts";
import { type DealerCapacity, NEAR_KM, type Position, type RankedDealer, type RoutingQuestion, rankDealers } from "./leadRouting.ts";
import { findDealerOfLead } from "./leads.ts";

const dealerRow = z.object({
  id: z.string(),
  region: z.string(),
  skills: z.array(z.string()),
  brands: z.array(z.string()),
  latitudeDeg: z.number().nullable(),
  longitudeDeg: z.number().nullable(),
  capacityPerWeek: z.number().nullable(),
  openLeads: z.number(),
  hasTrained: z.boolean().nullable(),
});

/** Degrees around a car that hold every dealer within NEAR_KM; a degree of latitude is at least 110.5 km. */
const NEAR_DEG = NEAR_KM / 110.5;

/** The dealers of the lead's region and around the car, best first. */
export async function findDealersFor(tx: Queryable, question: RoutingQuestion, nowMs: number): Promise<readonly RankedDealer[]> {
  const { region, component, position = null } = question;
  return rankDealers(question, await readDealers(tx, { region, component, latitude: position && bandAround(position.latitudeDeg) }, nowMs));
}

export interface DealerSearch {
  /** Empty: not known. */
  readonly region: string;
  readonly component: Component;
  /** Degrees between which dealers are read too. */
  readonly latitude: { readonly from: number; readonly to: number } | null;
}

/** Every dealer within NEAR_KM of a car that stands at most `marginDeg` from the latitude is in the band. */
export function bandAround(latitudeDeg: number, marginDeg = 0): { readonly from: number; readonly to: number } {
  return { from: latitudeDeg - NEAR_DEG - marginDeg, to: latitudeDeg + NEAR_DEG + marginDeg };
}

/**
 * Dealers as routing weighs them. Open leads are counted up to the capacity only: a workshop that is full scores the same however
 * many more wait, and one without a capacity is not counted at all.
 */
export async function readDealers(
  tx: Queryable,
  { region, component, latitude }: DealerSearch,
  nowMs: number,
): Promise<readonly DealerCapacity[]> {
  if (region === "" && latitude === null) return [];
  const dealers = await tx.query(
    `SELECT d.id, d.region, d.skills, d.brands, d.latitude_deg AS "latitudeDeg", d.longitude_deg AS "longitudeDeg", d.capacity_per_week AS "capacityPerWeek",
       (SELECT count(*) FROM (SELECT 1 FROM leads l WHERE l.dealer_id = d.id AND l.state <> 'closed' LIMIT coalesce(d.capacity_per_week, 0)) o)::int
         AS "openLeads",
       (SELECT bool_or(coalesce((s.trained ->> $4)::int, 0) > 0) FROM dealer_slots s
        WHERE s.dealer_id = d.id AND s.starts_at >= $5 AND s.trained IS NOT NULL) AS "hasTrained"
     FROM dealers d WHERE ($1 <> '' AND d.region = $1) OR d.latitude_deg BETWEEN $2::float8 AND $3::float8`,
    [region, latitude?.from ?? null, latitude?.to ?? null, component, toTimestamp(nowMs)],
    dealerRow,
  );
  return dealers.map(({ latitudeDeg, longitudeDeg, ...dealer }) => ({
    ...dealer,
    position: latitudeDeg === null || longitudeDeg === null ? null : { latitudeDeg, longitudeDeg },
  }));
}

/** What routing asks of a car: its region and model from the master data, and where it was last, if it tells. */
export async function findCar(store: ColumnStore, vin: string): Promise<{ region: string; model: string; position: Position | null }> {
  const [master] = await store.query(
    "SELECT argMax(region, revision) AS region, argMax(model, revision) AS model FROM vehicles WHERE vin = {vin: String}",
    z.object({ region: z.string(), model: z.string() }),
    { params: { vin } },
  );
  const [last] = await store.query(
    `SELECT latitude_deg AS latitudeDeg, longitude_deg AS longitudeDeg FROM telemetry
     WHERE vin = {vin: String} AND latitude_deg IS NOT NULL AND longitude_deg IS NOT NULL ORDER BY event_time DESC LIMIT 1`,
    z.object({ latitudeDeg: z.number(), longitudeDeg: z.number() }),
    { params: { vin } },
  );
  return { region: master?.region ?? "", model: master?.model ?? "", position: last ?? null };
}

/** Who an alert's lead is or should be with: whoever has it, the owner's dealer, or the best of the region; null: nobody. */
export async function findLeadDealer(
  tx: Queryable,
  store: ColumnStore,
  { id, vin, component }: Pick<AlertSnapshot, "id" | "vin" | "component">,
  own: DealerContact | null,
  nowMs: number,
): Promise<{ dealer: DealerContact | null; region: string }> {
  const { region, model, position } = await findCar(store, vin);
  const current = await findDealerOfLead(tx, id);
  if (current !== null) return { dealer: await findDealer(tx, current), region };
  if (own !== null) return { dealer: own, region };
  const [best] = await findDealersFor(tx, { component, region, model, position, tried: [] }, nowMs);
  return { dealer: best === undefined ? null : await findDealer(tx, best.id), region };
}
