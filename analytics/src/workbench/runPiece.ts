import type { ColumnStore } from "@bellwether/clickhouse/store";
import type { EpisodeRule } from "../rules/episodes.ts";
import type { Rule } from "../rules/readRules.ts";
import { rowSourceOf } from "../rules/rowSource.ts";
import type { Plan } from "./backtest.ts";
import { type Candidates, readCandidates } from "./candidates.ts";
import { foldLane, laneRows } from "./foldLane.ts";
import type { Piece } from "./pieces.ts";
import { divide, joinRows, type Stretches } from "./stretches.ts";
import { type SurveyedVehicle, surveyPiece } from "./survey.ts";
import type { Firing } from "./types.ts";

/** What a piece of the fleet gave. `firings[lane][place]` holds those of the window. */
export interface VehicleFirings {
  readonly vehicle: SurveyedVehicle;
  readonly unknown: number;
  readonly firings: readonly (readonly (readonly Firing[])[])[];
}

const DAY_MS = 86_400_000;
/** Longest an episode may have been open before the window for its beginning to be looked for. */
const WARM_UP_MAX_MS = 30 * DAY_MS;
/** Of one statement: rows it sorts in memory, vehicles and days in its bound lists (1 MB on a server). */
const CHUNK_ROWS = 2_000_000;
const CHUNK_VEHICLES = 500;
const CHUNK_DAYS = 5000;

/** Surveys a piece, reads the rows that matter of the vehicles where something may fire, and folds them for every lane. */
export async function runPiece(store: ColumnStore, plan: Plan, piece: Piece, rowFilter: string): Promise<readonly VehicleFirings[]> {
  const { rule, request, prefilter } = plan;
  const vehicles = await surveyPiece(store, request, piece, prefilter, { rowFilter, source: rowSourceOf(rule) });
  const scale = { windowMs: request.fromMs, warmUpMs: warmUpOf(rule), isDayTold: isDayTold(plan) };
  const stretches = vehicles.filter(({ mayFire }) => mayFire > 0).map((vehicle) => divide(vehicle, scale));
  const scope = { lanes: plan.lanes, toMs: request.toMs, isEveryRowCounted: rule.for.kind === "share", rowFilter };
  const found = new Map<string, Found>(stretches.map((ofVehicle) => [ofVehicle.vin, { ofVehicle, days: [] }]));
  for (const chunk of chunksToRead(stretches)) {
    for (const day of await readCandidates(store, scope, chunk)) found.get(day.vin)?.days.push(day);
  }
  return vehicles.map((vehicle) => foldVehicle(plan, vehicle, found.get(vehicle.vin)));
}

/** One vehicle's stretches and the days read of it. */
interface Found {
  readonly ofVehicle: Stretches;
  readonly days: Candidates[];
}

function warmUpOf(rule: Rule): number {
  return Math.min(WARM_UP_MAX_MS, rule.clear.afterMs + (rule.for.kind === "duration" ? rule.for.ms : rowSourceOf(rule).gapMaxMs));
}

/** Whether a day can be told by its first and last row: not where rows are counted, or look at the rows before them. */
function isDayTold({ rule, prefilter, lanes }: Plan): boolean {
  return prefilter.calmSql !== null && rule.for.kind !== "share" && lanes.every(({ compiled }) => compiled.lookbackMs === 0);
}

function chunksToRead(stretches: readonly Stretches[]): readonly (readonly Stretches[])[] {
  const chunks: Stretches[][] = [];
  let left = { rows: 0, vehicles: 0, days: 0 };
  for (const one of stretches) {
    const days = one.days?.length ?? 0;
    if (one.days !== null && days === 0) continue;
    left = { rows: left.rows - one.rows, vehicles: left.vehicles - 1, days: left.days - days };
    if (Math.min(left.rows, left.vehicles, left.days) < 0) {
      chunks.push([]);
      left = { rows: CHUNK_ROWS - one.rows, vehicles: CHUNK_VEHICLES - 1, days: CHUNK_DAYS - days };
    }
    chunks.at(-1)?.push(one);
  }
  return chunks;
}

function foldVehicle({ lanes, rule, request }: Plan, vehicle: SurveyedVehicle, found: Found | undefined): VehicleFirings {
  if (found === undefined) return { vehicle, unknown: vehicle.unknown ?? 0, firings: [] };
  const { at, codes } = joinRows(lanes, found.days, found.ofVehicle.calm);
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
  const unknown = vehicle.unknown ?? found.days.reduce((sum, day) => sum + day.unknown, 0);
  return { vehicle, unknown, firings };
}

/** How the live engine folds this rule. */
export function episodeRule(rule: Rule): EpisodeRule {
  return { for: rule.for, clearAfterMs: rule.clear.afterMs, gapMaxMs: rowSourceOf(rule).gapMaxMs };
}
