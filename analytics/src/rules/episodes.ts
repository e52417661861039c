import type { STATE_CODES } from "./compile.ts";
import type { Hold } from "./duration.ts";

/** Consecutive rows of one vehicle for which a rule is in one state; times in ms since 1970 UTC. */
export interface Run {
  readonly state: RunState;
  readonly fromMs: number;
  readonly toMs: number;
  readonly samples: number;
}
export type RunState = keyof typeof STATE_CODES;

/** What a rule remembers about a vehicle between batches. Absent means quiet: nothing fires, nothing is open. */
export interface EpisodeState {
  /** Start and length of the firing that has not yet held long enough. */
  readonly pending: { readonly sinceMs: number; readonly samples: number } | null;
  readonly open: OpenEpisode | null;
  /** The last row whose state was known, for noticing gaps. */
  readonly lastKnownMs: number;
}

export interface OpenEpisode {
  /** First row of the firing that held. */
  readonly startMs: number;
  /** The row with which it had held for the asked time: before it nobody could know. */
  readonly knownMs: number;
  readonly lastFiringMs: number;
  readonly samples: number;
  /** Since when every known row has been clear. */
  readonly clearSinceMs: number | null;
}

export interface EpisodeRule {
  readonly for: Hold;
  /** An episode ends when it has been clear this long; a firing before that continues it. */
  readonly clearAfterMs: number;
  /** Without a known row for longer than this, a firing that has not held long enough starts over. */
  readonly gapMaxMs: number;
}

export type EpisodeEvent =
  | { readonly kind: "opened"; readonly episode: OpenEpisode; readonly decided: Decision }
  | { readonly kind: "cleared"; readonly episode: OpenEpisode; readonly atMs: number };

/** The run in which a firing had held for long enough, and what it still lacked when the run began. */
export interface Decision {
  readonly run: Run;
  /** It is held from the first row of the run at or after this, and from the n-th row on. */
  readonly fromMs: number;
  readonly nth: number;
}

export interface Folded {
  readonly state: EpisodeState | null;
  readonly events: readonly EpisodeEvent[];
}

/**
 * Advances a rule's state for one vehicle by runs in time order. A pure fold: splitting the runs anywhere, in one batch
 * or in many, gives the same state and the same events, but for `knownMs`, which is exact only where a run ends at the
 * deciding row (`splitAtDecisions` sees to that). Unknown rows neither advance nor break anything.
 */
export function foldEpisodes(rule: EpisodeRule, state: EpisodeState | null, runs: readonly Run[]): Folded {
  const events: EpisodeEvent[] = [];
  let current = state;
  for (const run of runs) {
    const step = advance(rule, current, run);
    current = step.state;
    if (step.event !== null) events.push(step.event);
  }
  return { state: current, events };
}

interface Step {
  readonly state: EpisodeState | null;
  readonly event: EpisodeEvent | null;
}

function advance(rule: EpisodeRule, state: EpisodeState | null, run: Run): Step {
  switch (run.state) {
    case "unknown":
      return { state, event: null };
    case "firing":
      return fire(rule, state, run);
    case "clear":
      return clear(rule, state, run);
    case "between":
      return { state: known(null, keepOpen(state?.open ?? null), run), event: null };
  }
}

function known(pending: EpisodeState["pending"], open: OpenEpisode | null, run: Run): EpisodeState | null {
  return pending === null && open === null ? null : { pending, open, lastKnownMs: run.toMs };
}

/** Neither firing nor clear: the clear time starts over. */
function keepOpen(open: OpenEpisode | null): OpenEpisode | null {
  return open === null ? null : { ...open, clearSinceMs: null };
}

function fire(rule: EpisodeRule, state: EpisodeState | null, run: Run): Step {
  const open = state?.open ?? null;
  if (open !== null) {
    const longer = { ...open, lastFiringMs: run.toMs, samples: open.samples + run.samples, clearSinceMs: null };
    return { state: known(null, longer, run), event: null };
  }
  const isBroken = state === null || run.fromMs - state.lastKnownMs > rule.gapMaxMs;
  const before = isBroken ? null : state.pending;
  const pending = { sinceMs: before?.sinceMs ?? run.fromMs, samples: (before?.samples ?? 0) + run.samples };
  if (!hasHeld(rule.for, pending, run.toMs)) return { state: known(pending, null, run), event: null };
  const episode = { startMs: pending.sinceMs, knownMs: run.toMs, lastFiringMs: run.toMs, samples: pending.samples, clearSinceMs: null };
  const decided = decisionIn(run, rule.for, pending.sinceMs, before?.samples ?? 0);
  return { state: known(null, episode, run), event: { kind: "opened", episode, decided } };
}

function decisionIn(run: Run, hold: Hold, sinceMs: number, samplesBefore: number): Decision {
  if (hold.kind === "samples") return { run, fromMs: run.fromMs, nth: Math.max(1, hold.count - samplesBefore) };
  return { run, fromMs: Math.max(run.fromMs, sinceMs + hold.ms), nth: 1 };
}

function hasHeld(hold: Hold, pending: { sinceMs: number; samples: number }, toMs: number): boolean {
  return hold.kind === "samples" ? pending.samples >= hold.count : toMs - pending.sinceMs >= hold.ms;
}

function clear(rule: EpisodeRule, state: EpisodeState | null, run: Run): Step {
  const open = state?.open ?? null;
  if (open === null) return { state: null, event: null };
  const clearSinceMs = open.clearSinceMs ?? run.fromMs;
  const episode = { ...open, clearSinceMs };
  if (run.toMs - clearSinceMs < rule.clearAfterMs) return { state: known(null, episode, run), event: null };
  return { state: null, event: { kind: "cleared", episode, atMs: clearSinceMs + rule.clearAfterMs } };
}
