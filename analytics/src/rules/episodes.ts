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
  readonly pending: Pending | null;
  readonly open: OpenEpisode | null;
  /** The last row whose state was known, for noticing gaps. */
  readonly lastKnownMs: number;
}

export interface Pending {
  readonly sinceMs: number;
  readonly samples: number;
  /** For "3 of 5 samples": which of the last reports fired, the newest in the lowest bit. */
  readonly recent?: number | undefined;
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
      return { state: known(stillPending(rule.for, state, run), keepOpen(state?.open ?? null), run), event: null };
  }
}

function known(pending: EpisodeState["pending"], open: OpenEpisode | null, run: Run): EpisodeState | null {
  return pending === null && open === null ? null : { pending, open, lastKnownMs: run.toMs };
}

/** Neither firing nor clear: the clear time starts over. */
function keepOpen(open: OpenEpisode | null): OpenEpisode | null {
  return open === null ? null : { ...open, clearSinceMs: null };
}

/** With "3 of 5 samples" a pending firing survives other reports while one of the last five fired; else nothing does. */
function stillPending(hold: Hold, state: EpisodeState | null, run: Run): Pending | null {
  const before = state?.pending ?? null;
  if (hold.kind !== "share" || before === null) return null;
  const recent = shifted(before.recent ?? 0, run.samples, hold.window);
  return recent === 0 ? null : { ...before, recent };
}

/** The flags of the last `window` reports after `samples` more that did not fire. */
function shifted(recent: number, samples: number, window: number): number {
  return samples >= window ? 0 : (recent * 2 ** samples) % 2 ** window;
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
  const nth = heldFrom(rule.for, pending.sinceMs, before, run);
  if (nth === null) return { state: known({ ...pending, ...flags(rule.for, before, run) }, null, run), event: null };
  const episode = { startMs: pending.sinceMs, knownMs: run.toMs, lastFiringMs: run.toMs, samples: pending.samples, clearSinceMs: null };
  return { state: known(null, episode, run), event: { kind: "opened", episode, decided: { run, ...nth } } };
}

function flags(hold: Hold, before: Pending | null, run: Run): Pick<Pending, "recent"> {
  if (hold.kind !== "share") return {};
  const added = Math.min(run.samples, hold.window);
  return { recent: shifted(before?.recent ?? 0, added, hold.window) + 2 ** added - 1 };
}

/** From which row of the run on the firing has held for long enough; null where it does not within the run. */
function heldFrom(hold: Hold, sinceMs: number, before: Pending | null, run: Run): Omit<Decision, "run"> | null {
  switch (hold.kind) {
    case "duration":
      return run.toMs - sinceMs >= hold.ms ? { fromMs: Math.max(run.fromMs, sinceMs + hold.ms), nth: 1 } : null;
    case "samples": {
      const nth = Math.max(1, hold.count - (before?.samples ?? 0));
      return run.samples >= nth ? { fromMs: run.fromMs, nth } : null;
    }
    case "share": {
      const nth = shareReached(hold, before?.recent ?? 0);
      return run.samples >= nth ? { fromMs: run.fromMs, nth } : null;
    }
  }
}

/** How many firing reports more it takes until `count` of the last `window` fired. */
function shareReached({ count, window }: Extract<Hold, { kind: "share" }>, recent: number): number {
  let nth = 1;
  while (nth + ones(shifted(recent, nth, window)) < count) nth += 1;
  return nth;
}

function ones(flagsOf: number): number {
  let count = 0;
  for (let rest = flagsOf; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}

function clear(rule: EpisodeRule, state: EpisodeState | null, run: Run): Step {
  const open = state?.open ?? null;
  if (open === null) return { state: known(stillPending(rule.for, state, run), null, run), event: null };
  const clearSinceMs = open.clearSinceMs ?? run.fromMs;
  const episode = { ...open, clearSinceMs };
  if (run.toMs - clearSinceMs < rule.clearAfterMs) return { state: known(null, episode, run), event: null };
  return { state: null, event: { kind: "cleared", episode, atMs: clearSinceMs + rule.clearAfterMs } };
}
