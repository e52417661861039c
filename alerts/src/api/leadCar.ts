import type { ColumnStore } from "@bellwether/clickhouse/store";
import { OUTCOMES } from "@bellwether/contracts/alert";
import { COMPONENTS } from "@bellwether/contracts/finding";
import { createTimedCache } from "@bellwether/runtime/timedCache";
import { z } from "zod";
import type { Position } from "../leads/leadRouting.ts";
import { REPEAT_GIVER } from "../outcomes/followUps.ts";

/** What ClickHouse knows about a lead's car: master data, where it was last, visits. One statement: each costs some 3 ms before it begins. */

const HISTORY_MAX = 20;

/** A fact is JSON of an array, so that three tables fit one statement. */
const json = z.string().transform((text): unknown => JSON.parse(text));
const factRow = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("vehicle"),
    fact: json.pipe(z.tuple([z.string(), z.string().nullable(), z.string(), z.string().nullable(), z.number().nullable()])),
  }),
  z.object({ kind: z.literal("position"), fact: json.pipe(z.tuple([z.number(), z.number()])) }),
  z.object({ kind: z.literal("visit"), fact: json.pipe(z.tuple([z.iso.datetime(), z.enum(COMPONENTS), z.enum(OUTCOMES)])) }),
]);

export interface CarMaster {
  readonly model: string;
  readonly builtOn: string | null;
  readonly region: string;
  readonly warrantyUntil: string | null;
  readonly sohLimitPct: number | null;
}

export interface CarFacts {
  /** Null: no master data. */
  readonly master: CarMaster | null;
  readonly position: Position | null;
  /** Latest first. */
  readonly visits: readonly {
    readonly at: string;
    readonly component: (typeof COMPONENTS)[number];
    readonly outcome: (typeof OUTCOMES)[number];
  }[];
}

const MASTER = `SELECT 'vehicle' AS kind, toJSONString((toString(argMax(model, revision)), argMax(tuple(built_on), revision).1,
    toString(argMax(region, revision)), argMax(tuple(warranty_until), revision).1, argMax(tuple(warranty_soh_pct), revision).1)) AS fact
  FROM vehicles WHERE vin = {vin: String} GROUP BY vin`;

const POSITION = `SELECT 'position' AS kind, toJSONString((assumeNotNull(latitude_deg), assumeNotNull(longitude_deg))) AS fact FROM telemetry
  WHERE vin = {vin: String} AND latitude_deg IS NOT NULL AND longitude_deg IS NOT NULL ORDER BY event_time DESC LIMIT 1`;

// FINAL: a corrected label replaces the earlier one; labels are few. Several sources of one visit are one visit.
const VISITS = `SELECT 'visit' AS kind, toJSONString((at, component, outcome)) AS fact FROM (
    SELECT DISTINCT at, component, outcome FROM labels FINAL WHERE vin = {vin: String} AND given_by <> {repeats: String}
    ORDER BY at DESC LIMIT ${HISTORY_MAX})`;

export interface Cars {
  /** A car's facts, at most half a minute old: a dealer who works on a lead asks for it again and again. */
  of(vin: string): Promise<CarFacts>;
}

const TTL_MS = 30_000;
const CARS_MAX = 10_000;

export function createCars(store: ColumnStore, now: () => number): Cars {
  const facts = createTimedCache<CarFacts>({ ttlMs: TTL_MS, entriesMax: CARS_MAX, now });
  return { of: (vin) => facts.get(vin, () => readCarFacts(store, vin)) };
}

async function readCarFacts(store: ColumnStore, vin: string): Promise<CarFacts> {
  const rows = await store.query(
    `SELECT * FROM (${MASTER}) UNION ALL SELECT * FROM (${POSITION}) UNION ALL SELECT * FROM (${VISITS})`,
    factRow,
    {
      params: { vin, repeats: REPEAT_GIVER },
    },
  );
  let master: CarMaster | null = null;
  let position: Position | null = null;
  const visits: CarFacts["visits"][number][] = [];
  for (const row of rows) {
    if (row.kind === "vehicle") {
      const [model, builtOn, region, warrantyUntil, sohLimitPct] = row.fact;
      master = { model, builtOn, region, warrantyUntil, sohLimitPct };
    } else if (row.kind === "position") {
      const [latitudeDeg, longitudeDeg] = row.fact;
      position = { latitudeDeg, longitudeDeg };
    } else {
      const [at, component, outcome] = row.fact;
      visits.push({ at, component, outcome });
    }
  }
  return { master, position, visits: visits.toSorted((a, b) => (a.at < b.at ? 1 : -1)) };
}
