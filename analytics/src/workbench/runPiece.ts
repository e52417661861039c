import type { ColumnStore } from "@bellwether/clickhouse/store";
import { chunksOf } from "../engine/chunks.ts";
import type { EpisodeRule } from "../rules/episodes.ts";
import type { Rule } from "../rules/readRules.ts";
import { rowSourceOf } from "../rules/rowSource.ts";
import type { Plan } from "./backtest.ts";
import { type Candidates, readCandidates } from "./candidates.ts";
import { foldLane, laneRows } from "./foldLane.ts";
import type { Piece } from "./pieces.ts";
import { type SurveyedVehicle, surveyPiece } from "./survey.ts";
import type { Firing } from "./types.ts";

/** What a piece of the fleet gave. `firings[lane][place]` holds those of the window. */
export interface VehicleFirings {
  readonly vehicle: SurveyedVehicle;
  readonly unknown: number;
  readonly firings: readonly (readonly (readonly Firing[])[])[];
}

const DAY_MS = 86_400_000;
/** An episode that was open when the window began must be known, or its next row would open it again. */
const WARM_UP_MAX_MS = 30 * DAY_MS;
/** Vehicles whose candidate rows are in memory at the same time, and their rows as surveyed. */
const CHUNK_VEHICLES = 500;
const CHUNK_ROWS = 2_000_000;

/** Surveys a piece, reads the rows that matter of the vehicles where something may fire, and folds them for every lane. */
export async function runPiece(store: ColumnStore, plan: Plan, piece: Piece, rowFilter: string): Promise<readonly VehicleFirings[]> {
  const { rule, request, prefilter } = plan;
  const vehicles = await surveyPiece(store, request, piece, prefilter, { rowFilter, source: rowSourceOf(rule) });
  const warmUpMs = Math.min(WARM_UP_MAX_MS, rule.clear.afterMs + (rule.for.kind === "duration" ? rule.for.ms : rowSourceOf(rule).gapMaxMs));
  const starts = vehicles.flatMap(({ vin, rows, mayFire, fromMs }) => {
    if (mayFire === 0) return [];
    return [{ vin, rows, fromMs: fromMs < request.fromMs + warmUpMs ? request.fromMs - warmUpMs : fromMs }];
  });
  const found = new Map<string, Candidates>();
  const scope = { lanes: plan.lanes, toMs: request.toMs, isEveryRowCounted: rule.for.kind === "share", rowFilter };
  for (const chunk of chunksByRows(starts)) {
    for (const candidates of await readCandidates(store, scope, chunk)) found.set(candidates.vin, candidates);
  }
  return vehicles.map((vehicle) => foldVehicle(plan, vehicle, found.get(vehicle.vin)));
}

function chunksByRows<T extends { readonly rows: number }>(starts: readonly T[]): readonly (readonly T[])[] {
  return chunksOf(starts, CHUNK_VEHICLES).flatMap((chunk) => {
    const rows = chunk.reduce((sum, start) => sum + start.rows, 0);
    return chunksOf(chunk, Math.max(1, Math.floor((chunk.length * CHUNK_ROWS) / Math.max(rows, CHUNK_ROWS))));
  });
}

function foldVehicle({ lanes, rule, request }: Plan, vehicle: SurveyedVehicle, candidates: Candidates | undefined): VehicleFirings {
  const unknown = vehicle.unknown ?? candidates?.unknown ?? 0;
  if (candidates === undefined) return { vehicle, unknown, firings: [] };
  const by = episodeRule(rule);
  const firings = lanes.map((lane, k) => {
    const all = foldLane(vehicle.vin, laneRows(lane, candidates.at, candidates.codes[k] ?? []), lane.values.length, by);
    const within = new Map<readonly Firing[], readonly Firing[]>();
    return all.map((ofPlace) => {
      const kept = within.get(ofPlace) ?? ofPlace.filter(({ knownMs }) => knownMs >= request.fromMs);
      within.set(ofPlace, kept);
      return kept;
    });
  });
  return { vehicle, unknown, firings };
}

/** How the live engine folds this rule. */
export function episodeRule(rule: Rule): EpisodeRule {
  return { for: rule.for, clearAfterMs: rule.clear.afterMs, gapMaxMs: rowSourceOf(rule).gapMaxMs };
}
