import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Decision,
  type EpisodeEvent,
  type EpisodeRule,
  type EpisodeState,
  foldEpisodes,
  type Run,
  type RunState,
} from "./episodes.ts";

const MINUTE = 60_000;
const rule: EpisodeRule = { for: { kind: "duration", ms: 2 * MINUTE }, clearAfterMs: 60 * MINUTE, gapMaxMs: 10 * MINUTE };

interface Row {
  readonly state: RunState;
  readonly atMs: number;
}

/** Rows to runs as the SQL does it: a run ends at a change of state or a gap; `cuts` force further ends. */
function toRuns(rows: readonly Row[], cuts: ReadonlySet<number> = new Set()): Run[] {
  const runs: Run[] = [];
  rows.forEach((row, index) => {
    const last = runs.at(-1);
    const joins = last !== undefined && last.state === row.state && row.atMs - last.toMs <= rule.gapMaxMs && !cuts.has(index);
    if (joins) runs[runs.length - 1] = { ...last, toMs: row.atMs, samples: last.samples + 1 };
    else runs.push({ state: row.state, fromMs: row.atMs, toMs: row.atMs, samples: 1 });
  });
  return runs;
}

function at(minutes: number, state: RunState): Row {
  return { atMs: minutes * MINUTE, state };
}

function foldRows(rows: readonly Row[], by: EpisodeRule = rule): { events: readonly EpisodeEvent[]; state: EpisodeState | null } {
  return foldEpisodes(by, null, toRuns(rows));
}

const rowsArbitrary = fc
  .array(
    fc.record({
      state: fc.constantFrom<RunState>("firing", "clear", "unknown", "between", "firing", "clear"),
      step: fc.constantFrom(0.5, 1, 1, 1, 5, 12, 45, 90),
    }),
    { maxLength: 60 },
  )
  .map((steps) => {
    let now = 0;
    return steps.map(({ state, step }): Row => {
      now += step * MINUTE;
      return { state, atMs: now };
    });
  });

const holdArbitrary = fc.constantFrom<EpisodeRule["for"]>(
  { kind: "share", count: 3, window: 5 },
  { kind: "duration", ms: 0 },
  { kind: "duration", ms: 2 * MINUTE },
  { kind: "samples", count: 1 },
  { kind: "samples", count: 3 },
);

describe("foldEpisodes", () => {
  it("opens once the condition has held for the asked time, and dates the start back to the first firing row", () => {
    const { events } = foldRows([at(0, "clear"), at(1, "firing"), at(2, "firing"), at(3, "firing")]);
    const episode = { startMs: MINUTE, knownMs: 3 * MINUTE, lastFiringMs: 3 * MINUTE, samples: 3, clearSinceMs: null };
    expect(events).toMatchObject([{ kind: "opened", episode, decided: { fromMs: 3 * MINUTE, nth: 1 } }]);
  });

  it("starts over when the condition stops before the time is up", () => {
    expect(foldRows([at(0, "firing"), at(1, "clear"), at(2, "firing"), at(3, "firing")]).events).toEqual([]);
  });

  it("starts over after a gap without rows", () => {
    expect(foldRows([at(0, "firing"), at(600, "firing"), at(601, "firing")]).events).toEqual([]);
  });

  it("is not disturbed by rows that cannot be judged", () => {
    expect(foldRows([at(0, "firing"), at(1, "unknown"), at(2, "firing")]).events).toHaveLength(1);
  });

  it("merges 300 flips within the clear time into one episode", () => {
    const flips = Array.from({ length: 300 }, (_, i) => [at(10 * i, "firing"), at(10 * i + 3, "firing"), at(10 * i + 5, "clear")]).flat();
    const { events } = foldRows([...flips, at(3000, "clear"), at(3090, "clear")]);
    expect(events.map((event) => event.kind)).toEqual(["opened", "cleared"]);
  });

  it("does not clear between the two thresholds", () => {
    const { state } = foldRows([at(0, "firing"), at(2, "firing"), at(3, "clear"), at(60, "between"), at(64, "clear"), at(100, "clear")]);
    expect(state?.open?.clearSinceMs).toBe(64 * MINUTE);
  });

  it("gives the same episodes for any batching of the same rows", () => {
    fc.assert(
      fc.property(rowsArbitrary, holdArbitrary, fc.array(fc.nat(60)), (rows, hold, cuts) => {
        const by = { ...rule, for: hold };
        const whole = foldEpisodes(by, null, toRuns(rows));
        let state: EpisodeState | null = null;
        const events: EpisodeEvent[] = [];
        for (const run of toRuns(rows, new Set(cuts))) {
          const step = foldEpisodes(by, state, [run]);
          state = step.state;
          events.push(...step.events);
        }
        expect(events.map(essence)).toEqual(whole.events.map(essence));
        expect(withoutKnown(state)).toEqual(withoutKnown(whole.state));
      }),
    );
  });

  it("knows of an episode at the same row as if the rows had come one by one, once runs are cut at the decisions", () => {
    fc.assert(
      fc.property(rowsArbitrary, holdArbitrary, (rows, hold) => {
        const by = { ...rule, for: hold };
        const single = foldEpisodes(by, null, toRuns(rows, new Set(rows.keys())));
        const runs = toRuns(rows);
        const decisions = foldEpisodes(by, null, runs).events.flatMap((event) => (event.kind === "opened" ? [event.decided] : []));
        const cut = runs.flatMap((run) =>
          cutAt(
            run,
            rows,
            decisions.find((decision) => decision.run === run),
          ),
        );
        const folded = foldEpisodes(by, null, cut);
        expect(folded.state).toEqual(single.state);
        expect(folded.events.map(withoutDecision)).toEqual(single.events.map(withoutDecision));
      }),
    );
  });

  it("alternates opened and cleared, and never clears before it fired", () => {
    fc.assert(
      fc.property(rowsArbitrary, holdArbitrary, (rows, hold) => {
        const { events } = foldRows(rows, { ...rule, for: hold });
        events.forEach((event, i) => {
          expect(event.kind).toBe(i % 2 === 0 ? "opened" : "cleared");
          if (event.kind === "cleared") expect(event.atMs).toBeGreaterThanOrEqual(event.episode.lastFiringMs + rule.clearAfterMs);
        });
      }),
    );
  });
});

/** What `splitAtDecisions` does with the rows in the store. */
function cutAt(run: Run, rows: readonly Row[], decision: Decision | undefined): Run[] {
  if (decision === undefined) return [run];
  const times = rows.map(({ atMs }) => atMs).filter((atMs) => atMs >= run.fromMs && atMs <= run.toMs);
  const samples = Math.max(decision.nth, times.findIndex((atMs) => atMs >= decision.fromMs) + 1);
  const atMs = times[samples - 1] ?? run.toMs;
  if (samples >= run.samples) return [run];
  return [
    { ...run, toMs: atMs, samples },
    { ...run, fromMs: atMs, samples: run.samples - samples },
  ];
}

function withoutDecision(event: EpisodeEvent): unknown {
  return { kind: event.kind, episode: event.episode };
}

function withoutKnown(state: EpisodeState | null): unknown {
  return state?.open == null ? state : { ...state, open: { ...state.open, knownMs: 0 } };
}

/** An `opened` event carries how far the batch went, which is the batching itself; what it opens does not depend on it. */
function essence(event: EpisodeEvent): unknown {
  return event.kind === "opened"
    ? { kind: event.kind, startMs: event.episode.startMs }
    : { ...event, episode: { ...event.episode, knownMs: 0 } };
}

describe("3 of 5 samples", () => {
  const by: EpisodeRule = { ...rule, for: { kind: "share", count: 3, window: 5 } };
  const at = (states: string) =>
    [...states].map(
      (letter, i): Run => ({
        state: letter === "F" ? "firing" : letter === "C" ? "clear" : "unknown",
        fromMs: i * 1000,
        toMs: i * 1000,
        samples: 1,
      }),
    );
  const known = (states: string) =>
    foldEpisodes(by, null, at(states)).events.map(({ episode }) => [episode.startMs / 1000, episode.knownMs / 1000]);

  it.each([
    ["FFF", [[0, 2]]],
    ["FCFCF", [[0, 4]]],
    ["FCCFCF", []],
    ["FCCFCFF", [[0, 6]]],
    ["FFCCCCCFF", []],
    ["FUUFUUF", [[0, 6]]],
  ])("%s", (states, expected) => {
    expect(known(states)).toEqual(expected);
  });
});
