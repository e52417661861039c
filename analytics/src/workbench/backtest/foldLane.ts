import { type EpisodeEvent, type EpisodeRule, type EpisodeState, foldEpisodes, type Run } from "../../rules/episodes.ts";
import type { Firing } from "../types.ts";
import { decode, type Lane, type RowStates } from "./lanes.ts";

/** A vehicle's rows on a lane, ready to be folded at any place on it. */
export interface LaneRows {
  readonly at: readonly number[];
  readonly rows: readonly RowStates[];
}

/** Takes the codes of a lane apart; equal codes share their states. */
export function laneRows(lane: Pick<Lane, "values" | "clear">, at: readonly number[], codes: readonly number[]): LaneRows {
  const known = new Map<number, RowStates>();
  const rows = codes.map((code) => {
    const found = known.get(code) ?? decode(code, lane);
    known.set(code, found);
    return found;
  });
  return { at, rows };
}

/**
 * The firings at every place on the lane, by the live engine's own fold. Where the vehicle was clear at every place for long enough to end
 * whatever was open, the fold begins anew: each such part is folded by itself, and only at places at which one of its rows changes
 * its state. O(parts x rows of a part x its distinct places).
 */
export function foldLane(vin: string, lane: LaneRows, places: number, rule: EpisodeRule): readonly (readonly Firing[])[] {
  const parts = partsOf(lane, places, rule).map((part) => foldPart(vin, part, places, rule));
  let now: (readonly Firing[])[] = [];
  let firings: readonly Firing[] = [];
  return Array.from({ length: places }, (_, place) => {
    const next = parts.map((part) => part[place] ?? NONE);
    if (next.some((list, i) => list !== now[i])) firings = next.flat();
    now = next;
    return firings;
  });
}

const NONE: readonly Firing[] = [];

/** Cuts after every row at which the fold is quiet at every place, whatever was before. */
function partsOf({ at, rows }: LaneRows, places: number, { for: hold, clearAfterMs }: EpisodeRule): readonly LaneRows[] {
  // "3 of 5 samples" remembers firing rows across clear ones, but not across five.
  const clearRowsMin = hold.kind === "share" ? hold.window : 1;
  const parts: LaneRows[] = [];
  let from = 0;
  let clearFrom: number | null = null;
  rows.forEach((row, i) => {
    clearFrom = isClearThroughout(row, places) ? (clearFrom ?? i) : null;
    if (clearFrom === null || i - clearFrom + 1 < clearRowsMin || (at[i] ?? 0) - (at[clearFrom] ?? 0) < clearAfterMs) return;
    parts.push({ at: at.slice(from, i + 1), rows: rows.slice(from, i + 1) });
    from = i + 1;
  });
  return [...parts, { at: at.slice(from), rows: rows.slice(from) }].filter((part) => part.rows.some(({ firesFrom }) => firesFrom < places));
}

function isClearThroughout({ falses, clearFrom, clearTo }: RowStates, places: number): boolean {
  return falses === places && clearFrom === 0 && clearTo === places;
}

/** Between two places at which no row changes its state the answer is the same and is not computed again. */
function foldPart(vin: string, { at, rows }: LaneRows, places: number, rule: EpisodeRule): readonly (readonly Firing[])[] {
  const isBorder = new Uint8Array(places + 1);
  let firesFromMin = places;
  for (const { falses, firesFrom, clearFrom, clearTo } of new Set(rows)) {
    for (const border of [falses, firesFrom, clearFrom, clearTo]) isBorder[border] = 1;
    firesFromMin = Math.min(firesFromMin, firesFrom);
  }
  const statesOf = at.map(runInEachState);
  let firings = NONE;
  return Array.from({ length: places }, (_, place) => {
    if (place >= firesFromMin && isBorder[place] === 1) firings = foldPlace(vin, runsAt(rows, statesOf, place), rule);
    return firings;
  });
}

type Known = Exclude<Run["state"], "unknown">;

/** Made once per row, not once per row and place. */
function runInEachState(atMs: number): Readonly<Record<Known, Run>> {
  const run = { fromMs: atMs, toMs: atMs, samples: 1 };
  return { firing: { ...run, state: "firing" }, clear: { ...run, state: "clear" }, between: { ...run, state: "between" } };
}

/** From the first firing row on: a quiet vehicle stays quiet through everything else. */
function runsAt(rows: readonly RowStates[], statesOf: readonly Readonly<Record<Known, Run>>[], place: number): readonly Run[] {
  const runs: Run[] = [];
  rows.forEach((row, i) => {
    const state = stateAt(row, place);
    const run = state === "unknown" ? undefined : statesOf[i]?.[state];
    if (run !== undefined && (runs.length > 0 || state === "firing")) runs.push(run);
  });
  return runs;
}

function foldPlace(vin: string, runs: readonly Run[], rule: EpisodeRule): readonly Firing[] {
  const firings: Firing[] = [];
  const { state, events } = foldEpisodes(rule, null, runs);
  for (const event of events) note(firings, vin, event);
  return endOf(firings, state);
}

function note(firings: Firing[], vin: string, event: EpisodeEvent): void {
  const { startMs, knownMs, lastFiringMs, samples } = event.episode;
  if (event.kind === "cleared") firings.pop();
  firings.push({ vin, startMs, knownMs, lastFiringMs, samples, clearedMs: event.kind === "cleared" ? event.atMs : null });
}

/** What the last episode had come to if it was still open. */
function endOf(firings: readonly Firing[], state: EpisodeState | null): readonly Firing[] {
  const last = firings.at(-1);
  const open = state?.open ?? null;
  if (last === undefined || open === null) return firings;
  return [...firings.slice(0, -1), { ...last, lastFiringMs: open.lastFiringMs, samples: open.samples }];
}

function stateAt({ falses, firesFrom, clearFrom, clearTo }: RowStates, place: number): Run["state"] {
  if (place >= firesFrom) return "firing";
  if (place >= falses) return "unknown";
  return place >= clearFrom && place < clearTo ? "clear" : "between";
}
