import type { ColumnStore } from "@bellwether/clickhouse/store";
import type { EpisodeRule } from "../../rules/episodes.ts";
import type { Rule } from "../../rules/readRules.ts";
import { rowSourceOf } from "../../rules/rowSource.ts";
import type { Firing } from "../types.ts";
import { type Candidates, readCandidates } from "./candidates.ts";
import { foldLane, laneRows } from "./foldLane.ts";
import { inTurn } from "./inTurn.ts";
import type { Piece } from "./pieces.ts";
import type { Plan } from "./plan.ts";
import { divide, joinRows, type Stretches } from "./stretches.ts";
import { type Seen, type SurveyedVehicle, surveyPiece } from "./survey.ts";

/** What a piece of the fleet gave. `firings[lane][place]` holds those of the window. */
export interface VehicleFirings {
  readonly vehicle: SurveyedVehicle;
  readonly unknown: number;
  readonly firings: readonly (readonly (readonly Firing[])[])[];
}

const DAY_MS = 86_400_000;
/** Longest an episode may have been open before the window for its beginning to be looked for. */
const WARM_UP_MAX_MS = 30 * DAY_MS;
/** Of one statement: rows it sorts in memory and codes it holds of them; vehicles and days in its bound lists (1 MB on a server). */
const CHUNK_ROWS = 500_000;
const CHUNK_CODES = 8_000_000;
const CHUNK_VEHICLES = 500;
const CHUNK_DAYS = 5000;
/** Reading few rows here and there keeps one core busy at most; fewer than these are not worth a statement of their own. */
const CHUNKS_AT_ONCE = 2;
const CHUNK_ROWS_MIN = 50_000;

/**
 * Surveys a piece, reads the rows that matter of the vehicles where something may fire, and folds them for every lane. Vehicles are
 * read and folded some at a time, so memory does not grow with the piece.
 */
export async function runPiece(store: ColumnStore, plan: Plan, piece: Piece, seen: Seen): Promise<readonly VehicleFirings[]> {
  const { rule, request, prefilter, lanes } = plan;
  seen.signal?.throwIfAborted();
  const vehicles = await surveyPiece(store, request, piece, prefilter, {
    ...seen,
    source: rowSourceOf(rule),
    calmRowsMin: rowsRemembered(rule),
  });
  const scale = { windowMs: request.fromMs, warmUpMs: warmUpOf(rule), isDayTold: prefilter.calmSql !== null };
  const busy = vehicles.flatMap((vehicle) => (vehicle.mayFire > 0 ? [{ vehicle, stretches: divide(vehicle, scale) }] : []));
  const scope = { ...seen, lanes, toMs: request.toMs, rowsKept: rowsRemembered(rule) };
  const rows = busy.reduce((sum, { stretches }) => sum + stretches.rows, 0);
  const rowsEach = Math.max(CHUNK_ROWS_MIN, rows / CHUNKS_AT_ONCE);
  const chunks = chunksToRead(busy, Math.min(rowsEach, CHUNK_ROWS, CHUNK_CODES / lanes.length));
  const folded = new Map<string, VehicleFirings>();
  const read = async (chunk: readonly Busy[]) => {
    seen.signal?.throwIfAborted();
    const stretches = chunk.map((one) => one.stretches);
    return { chunk, days: byVin(await readCandidates(store, scope, stretches)) };
  };
  for await (const { chunk, days } of inTurn(chunks, CHUNKS_AT_ONCE, read)) {
    for (const one of chunk) folded.set(one.vehicle.vin, foldVehicle(plan, one, days.get(one.vehicle.vin) ?? []));
  }
  return vehicles.map((vehicle) => folded.get(vehicle.vin) ?? { vehicle, unknown: vehicle.unknown ?? 0, firings: [] });
}

/** A vehicle in which something may fire. */
interface Busy {
  readonly vehicle: SurveyedVehicle;
  readonly stretches: Stretches;
}

function byVin(days: readonly Candidates[]): ReadonlyMap<string, readonly Candidates[]> {
  const known = new Map<string, Candidates[]>();
  for (const day of days) {
    const ofVehicle = known.get(day.vin);
    if (ofVehicle === undefined) known.set(day.vin, [day]);
    else ofVehicle.push(day);
  }
  return known;
}

function warmUpOf(rule: Rule): number {
  return Math.min(WARM_UP_MAX_MS, rule.clear.afterMs + (rule.for.kind === "duration" ? rule.for.ms : rowSourceOf(rule).gapMaxMs));
}

/** After so many rows that do not fire the fold has forgotten those that did: "3 of 5 samples" looks at five, any other at the last. */
function rowsRemembered({ for: hold }: Pick<Rule, "for">): number {
  return hold.kind === "share" ? hold.window : 1;
}

function chunksToRead(busy: readonly Busy[], rowsMax: number): readonly (readonly Busy[])[] {
  const chunks: Busy[][] = [];
  let left = { rows: 0, vehicles: 0, days: 0 };
  for (const one of busy) {
    const { rows, days } = one.stretches;
    if (days?.length === 0) continue;
    const taken = { rows, vehicles: 1, days: days?.length ?? 0 };
    left = minus(left, taken);
    if (Math.min(left.rows, left.vehicles, left.days) < 0) {
      chunks.push([]);
      left = minus({ rows: rowsMax, vehicles: CHUNK_VEHICLES, days: CHUNK_DAYS }, taken);
    }
    chunks.at(-1)?.push(one);
  }
  return chunks;
}

type Room = Readonly<Record<"rows" | "vehicles" | "days", number>>;

function minus(a: Room, b: Room): Room {
  return { rows: a.rows - b.rows, vehicles: a.vehicles - b.vehicles, days: a.days - b.days };
}

function foldVehicle({ lanes, rule, request }: Plan, { vehicle, stretches }: Busy, days: readonly Candidates[]): VehicleFirings {
  const { at, codes } = joinRows(lanes, days, stretches.calm, rowsRemembered(rule));
  const by = episodeRule(rule);
  const firings = lanes.map((lane, k) => {
    const all = foldLane(vehicle.vin, laneRows(lane, at, codes[k] ?? []), lane.values.length, by);
    const within = new Map<readonly Firing[], readonly Firing[]>();
    return all.map((ofPlace) => {
      const kept = within.get(ofPlace) ?? ofPlace.filter(({ knownMs }) => knownMs >= request.fromMs);
      within.set(ofPlace, kept);
      return kept;
    });
  });
  return { vehicle, unknown: vehicle.unknown ?? days.reduce((sum, day) => sum + day.unknown, 0), firings };
}

/** How the live engine folds this rule. */
export function episodeRule(rule: Rule): EpisodeRule {
  return { for: rule.for, clearAfterMs: rule.clear.afterMs, gapMaxMs: rowSourceOf(rule).gapMaxMs };
}
