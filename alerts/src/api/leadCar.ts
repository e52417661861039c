import type { ColumnStore } from "@bellwether/clickhouse/store";
import { OUTCOMES } from "@bellwether/contracts/alert";
import { COMPONENTS } from "@bellwether/contracts/finding";
import { createGathered } from "@bellwether/runtime/gathered";
import { createTimedCache } from "@bellwether/runtime/timedCache";
import { z } from "zod";
import type { Position } from "../leads/leadRouting.ts";
import { REPEAT_GIVER } from "../outcomes/followUps.ts";

/**
 * What ClickHouse knows about a lead's car: master data, software, where it was last, visits. One statement for whoever asks at
 * the same time: each costs some 10 ms of CPU, for one car or for many.
 */

const HISTORY_MAX = 20;

/** A fact is JSON of an array, so that four tables fit one statement. */
const json = z.string().transform((text): unknown => JSON.parse(text));
const text = z.string().nullable();
const vin = z.string();
const factRow = z.discriminatedUnion("kind", [
  z.object({
    vin,
    kind: z.literal("vehicle"),
    fact: json.pipe(z.tuple([z.string(), text, z.string(), text, z.number().nullable(), text, text])),
  }),
  z.object({ vin, kind: z.literal("position"), fact: json.pipe(z.tuple([z.number(), z.number()])) }),
  z.object({ vin, kind: z.literal("software"), fact: json.pipe(z.tuple([z.number(), z.iso.date()])) }),
  z.object({ vin, kind: z.literal("visit"), fact: json.pipe(z.tuple([z.iso.datetime(), z.enum(COMPONENTS), z.enum(OUTCOMES)])) }),
]);
type FactRow = z.infer<typeof factRow>;

export interface CarMaster {
  readonly model: string;
  readonly builtOn: string | null;
  readonly region: string;
  readonly warrantyUntil: string | null;
  readonly sohLimitPct: number | null;
  /** As the maker names it. */
  readonly softwareVersion: string | null;
  /** Last day of goodwill requests. */
  readonly goodwillUntil: string | null;
}

export interface CarFacts {
  /** Null: no master data. */
  readonly master: CarMaster | null;
  readonly position: Position | null;
  /** Of the battery management, as the car reported it last. */
  readonly batterySoftware: { readonly version: number; readonly day: string } | null;
  /** Latest first. */
  readonly visits: readonly {
    readonly at: string;
    readonly component: (typeof COMPONENTS)[number];
    readonly outcome: (typeof OUTCOMES)[number];
  }[];
}

const IN_VINS = "vin IN {vins: Array(String)}";
const latest = (column: string) => `argMax(tuple(${column}), revision).1`;

const MASTER = `SELECT vin, 'vehicle' AS kind, toJSONString((toString(argMax(model, revision)), ${latest("built_on")}, toString(argMax(region, revision)),
    ${["warranty_until", "warranty_soh_pct", "software_version", "goodwill_until"].map(latest).join(", ")})) AS fact
  FROM vehicles WHERE ${IN_VINS} GROUP BY vin`;

const POSITION = `SELECT vin, 'position' AS kind, toJSONString((argMax(assumeNotNull(latitude_deg), event_time), argMax(assumeNotNull(longitude_deg), event_time))) AS fact
  FROM telemetry WHERE ${IN_VINS} AND latitude_deg IS NOT NULL AND longitude_deg IS NOT NULL GROUP BY vin`;

const SOFTWARE = `SELECT vin, 'software' AS kind, toJSONString((argMax(features['bmsSoftware'], (day, computed_at)), max(day))) AS fact
  FROM daily_features WHERE ${IN_VINS} AND family = 'quality' AND mapContains(features, 'bmsSoftware') GROUP BY vin`;

// FINAL: a corrected label replaces the earlier one; labels are few. Several sources of one visit are one visit.
const VISITS = `SELECT vin, 'visit' AS kind, toJSONString((at, component, outcome)) AS fact FROM (
    SELECT DISTINCT vin, at, component, outcome FROM labels FINAL WHERE ${IN_VINS} AND given_by <> {repeats: String}
    ORDER BY at DESC LIMIT ${HISTORY_MAX} BY vin)`;
const FACTS = [MASTER, POSITION, SOFTWARE, VISITS].map((sql) => `SELECT * FROM (${sql})`).join(" UNION ALL ");

export interface Cars {
  /** A car's facts, at most half a minute old: a dealer who works on a lead asks for it again and again. */
  of(vin: string): Promise<CarFacts>;
}

const TTL_MS = 30_000;
const CARS_MAX = 10_000;
/** A statement costs the same for one car as for eight; a longer list travels in a request's address. */
const CARS_PER_STATEMENT = 100;

export function createCars(store: ColumnStore, now: () => number): Cars {
  const facts = createTimedCache<CarFacts>({ ttlMs: TTL_MS, entriesMax: CARS_MAX, now });
  const gathered = createGathered((vins) => readCarFacts(store, vins), CARS_PER_STATEMENT);
  return { of: (vin) => facts.get(vin, async () => (await gathered(vin)) ?? factsOf([])) };
}

async function readCarFacts(store: ColumnStore, vins: readonly string[]): Promise<ReadonlyMap<string, CarFacts>> {
  const rows = await store.query(FACTS, factRow, { params: { vins, repeats: REPEAT_GIVER } });
  return new Map(vins.map((one) => [one, factsOf(rows.filter((row) => row.vin === one))]));
}

function factsOf(rows: readonly FactRow[]): CarFacts {
  const visits = rows.flatMap((row) => {
    if (row.kind !== "visit") return [];
    const [at, component, outcome] = row.fact;
    return [{ at, component, outcome }];
  });
  return {
    master: masterOf(rows.find((row) => row.kind === "vehicle")),
    position: positionOf(rows.find((row) => row.kind === "position")),
    batterySoftware: softwareOf(rows.find((row) => row.kind === "software")),
    visits: visits.toSorted((a, b) => (a.at < b.at ? 1 : -1)),
  };
}

type Fact<K extends FactRow["kind"]> = Extract<FactRow, { kind: K }> | undefined;

function masterOf(row: Fact<"vehicle">): CarMaster | null {
  if (row === undefined) return null;
  const [model, builtOn, region, warrantyUntil, sohLimitPct, softwareVersion, goodwillUntil] = row.fact;
  return { model, builtOn, region, warrantyUntil, sohLimitPct, softwareVersion, goodwillUntil };
}

function positionOf(row: Fact<"position">): Position | null {
  if (row === undefined) return null;
  const [latitudeDeg, longitudeDeg] = row.fact;
  return { latitudeDeg, longitudeDeg };
}

function softwareOf(row: Fact<"software">): CarFacts["batterySoftware"] {
  if (row === undefined) return null;
  const [version, day] = row.fact;
  return { version, day };
}
