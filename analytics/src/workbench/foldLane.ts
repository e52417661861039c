import { type EpisodeEvent, type EpisodeRule, type EpisodeState, foldEpisodes, type Run } from "../rules/episodes.ts";
import { decode, type Lane, type RowStates } from "./lanes.ts";
import type { Firing } from "./types.ts";

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
 * The firings at every place on the lane, by the live engine's own fold. Between two places at which no row of this vehicle
 * changes its state the answer is the same and is not computed again. O(rows x distinct places).
 */
export function foldLane(vin: string, { at, rows }: LaneRows, places: number, rule: EpisodeRule): readonly (readonly Firing[])[] {
  const isBorder = new Uint8Array(places + 1);
  for (const { falses, firesFrom, clearFrom, clearTo } of new Set(rows)) {
    isBorder[falses] = 1;
    isBorder[firesFrom] = 1;
    isBorder[clearFrom] = 1;
    isBorder[clearTo] = 1;
  }
  let firings: readonly Firing[] = [];
  return Array.from({ length: places }, (_, place) => {
    if (place === 0 || isBorder[place] === 1) firings = foldPlace(vin, { at, rows }, place, rule);
    return firings;
  });
}

function foldPlace(vin: string, { at, rows }: LaneRows, place: number, rule: EpisodeRule): readonly Firing[] {
  const firings: Firing[] = [];
  let state: EpisodeState | null = null;
  rows.forEach((row, i) => {
    const atMs = at[i] ?? 0;
    const name = stateAt(row, place);
    // A quiet vehicle stays quiet through everything but a firing.
    if (name === "unknown" || (state === null && name !== "firing")) return;
    const folded = foldEpisodes(rule, state, [{ state: name, fromMs: atMs, toMs: atMs, samples: 1 }]);
    for (const event of folded.events) note(firings, vin, event);
    state = folded.state;
  });
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
