import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldEpisodes, type Run } from "../../rules/episodes.ts";
import { foldLane, laneRows } from "./foldLane.ts";

const RULE = { for: { kind: "duration", ms: 60_000 }, clearAfterMs: 300_000, gapMaxMs: 600_000 } as const;
const SHARE_RULE = { ...RULE, for: { kind: "share", count: 3, window: 5 } } as const;
const VALUES = [4, 3, 2, 1];

/** A row fires where its voltage is below the value and is clear where it is above value + 1; the line grows with the value. */
function codeOf(voltage: number | null): number {
  return [...VALUES].reverse().reduce((code, value) => code + weigh(voltage, value), 0);
}

function weigh(voltage: number | null, value: number): number {
  if (voltage === null) return 1024;
  if (voltage < value) return 1;
  return voltage >= value + 1 ? 1_048_576 : 0;
}

const row = fc.record({
  stepMs: fc.oneof(fc.integer({ min: 1, max: 900_000 }), fc.constant(60_000)),
  // 5.5 V is clear at every value: enough of it in a row ends whatever was open.
  voltage: fc.oneof(fc.constant(null), fc.constant(5.5), fc.double({ min: 0, max: 6, noNaN: true })),
});

describe("foldLane", () => {
  it.each([RULE, SHARE_RULE])("gives at every value what folding that value's own runs gives: %o", (rule) => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), (rows) => {
        let atMs = 0;
        const timed = rows.map(({ stepMs, voltage }) => {
          atMs += stepMs;
          return { atMs, voltage };
        });
        const at = timed.map((one) => one.atMs);
        const lane = laneRows(
          { values: VALUES, clear: "down" },
          at,
          timed.map(({ voltage }) => codeOf(voltage)),
        );
        const firings = foldLane("V", lane, VALUES.length, rule);
        [...VALUES].reverse().forEach((value, place) => {
          const runs = timed.map(({ atMs: ms, voltage }): Run => ({ state: stateOf(voltage, value), fromMs: ms, toMs: ms, samples: 1 }));
          const { events } = foldEpisodes(rule, null, runs);
          const opened = events.flatMap(({ kind, episode }) => (kind === "opened" ? [[episode.startMs, episode.knownMs]] : []));
          const cleared = events.flatMap((event) => (event.kind === "cleared" ? [event.atMs] : []));
          expect(firings[place]?.map(({ startMs, knownMs }) => [startMs, knownMs])).toEqual(opened);
          expect(firings[place]?.flatMap(({ clearedMs }) => clearedMs ?? [])).toEqual(cleared);
        });
      }),
    );
  });

  it("says when a firing ended and when the last row fired", () => {
    const at = [0, 60_000, 120_000, 200_000, 600_000];
    const lane = laneRows({ values: [1], clear: "none" }, at, [1, 1, 1, 1_048_576, 1_048_576]);
    expect(foldLane("V", lane, 1, RULE)).toEqual([
      [{ vin: "V", startMs: 0, knownMs: 60_000, lastFiringMs: 120_000, samples: 3, clearedMs: 500_000 }],
    ]);
  });
});

function stateOf(voltage: number | null, value: number): Run["state"] {
  const code = weigh(voltage, value);
  return code === 1024 ? "unknown" : code === 1 ? "firing" : code === 0 ? "between" : "clear";
}
