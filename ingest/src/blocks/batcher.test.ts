import fc from "fast-check";
import { expect, it } from "vitest";
import { type Batcher, type Collector, createBatcher, type PlannedRange } from "./batcher.ts";
import { type Cut, type Outcome, tokenOf } from "./block.ts";

const LIMITS = { rows: 10, bytes: 1000, ageMs: 50 };

/** Remembers what it was given, so that order and completeness can be looked at. */
function createContent() {
  const offsets: number[] = [];
  let rows = 0;
  return {
    offsets,
    add({ offset, samples }: Outcome) {
      offsets.push(offset);
      rows += samples.length;
    },
    get records() {
      return offsets.length;
    },
    get rows() {
      return rows;
    },
  } satisfies Collector & { offsets: number[] };
}
type Content = ReturnType<typeof createContent>;

function batcherWith(plan: readonly PlannedRange[] = [], limits = LIMITS): Batcher<Content> {
  return createBatcher({ topic: "t", partition: 3, plan, limits, createContent });
}

/** An outcome with some rows; the batcher only counts them. */
function outcome(offset: number, rows = 1): Outcome {
  return { offset, samples: new Array(rows), ignored: [] };
}

function takeAll(batcher: Batcher<Content>, offsets: readonly number[], rows = 1): readonly Cut<Content>[] {
  const cuts = offsets.flatMap((offset) => batcher.add(outcome(offset, rows), 1, 0));
  const rest = batcher.close();
  return rest === undefined ? cuts : [...cuts, rest];
}

const rangesOf = (cuts: readonly Cut<Content>[]) => cuts.map(({ firstOffset, lastOffset }) => [firstOffset, lastOffset]);
const upTo = (end: number, from = 0) => Array.from({ length: end - from }, (_, i) => from + i);

it("cuts by rows, by bytes and by age", () => {
  expect(rangesOf(takeAll(batcherWith(), upTo(25)))).toEqual([
    [0, 9],
    [10, 19],
    [20, 24],
  ]);
  const byBytes = batcherWith();
  expect(byBytes.add(outcome(0), 999, 0)).toEqual([]);
  expect(rangesOf(byBytes.add(outcome(1), 1, 0))).toEqual([[0, 1]]);
  const byAge = batcherWith();
  byAge.add(outcome(7), 1, 100);
  expect(byAge.closeAged(149)).toBeUndefined();
  expect(byAge.closeAged(150)).toMatchObject({ firstOffset: 7, lastOffset: 7, hasLanded: false });
  expect(byAge.closeAged(1000)).toBeUndefined();
});

it("ends a block of records without rows, too", () => {
  expect(rangesOf(takeAll(batcherWith(), upTo(12), 0))).toEqual([
    [0, 9],
    [10, 11],
  ]);
});

it("cuts where an earlier run has cut, whatever the limits are now", () => {
  const plan = [
    { firstOffset: 0, lastOffset: 14, hasLanded: true },
    { firstOffset: 15, lastOffset: 16, hasLanded: false },
  ];
  const batcher = batcherWith(plan);
  expect(batcher.hasLanded(3)).toBe(true);
  const cuts = takeAll(batcher, upTo(20));
  expect(cuts.map((cut) => [tokenOf(cut), cut.hasLanded])).toEqual([
    ["t:3:0-14", true],
    ["t:3:15-16", false],
    ["t:3:17-19", false],
  ]);
});

it("does not end a planned range early, neither by age nor on request", () => {
  const batcher = batcherWith([{ firstOffset: 0, lastOffset: 3, hasLanded: false }]);
  batcher.add(outcome(0), 1, 0);
  expect(batcher.closeAged(10_000)).toBeUndefined();
  expect(batcher.close()).toBeUndefined();
});

it("gives a planned range its own bounds although the log has lost its edges", () => {
  const batcher = batcherWith([{ firstOffset: 2, lastOffset: 5, hasLanded: false }]);
  expect(rangesOf(takeAll(batcher, [3, 4, 8]))).toEqual([
    [2, 5],
    [8, 8],
  ]);
});

interface Step {
  readonly gap: number;
  readonly rows: number;
  readonly bytes: number;
  readonly closes: boolean;
}

/** Plays records into a batcher, closing the open block now and then; what was given and what was cut. */
function play(batcher: Batcher<Content>, steps: readonly Step[]) {
  const given: number[] = [];
  const cuts: Cut<Content>[] = [];
  for (const [i, { gap, rows, bytes, closes }] of steps.entries()) {
    const offset = (given.at(-1) ?? -1) + gap;
    given.push(offset);
    cuts.push(...batcher.add(outcome(offset, rows), bytes, i));
    const closed = closes ? batcher.close() : batcher.closeAged(i);
    if (closed !== undefined) cuts.push(closed);
  }
  const rest = batcher.close();
  return { given, cuts: rest === undefined ? cuts : [...cuts, rest] };
}

function expectContiguous(cuts: readonly Cut<Content>[]): void {
  for (const [i, { firstOffset, lastOffset, content }] of cuts.entries()) {
    expect(firstOffset).toBeGreaterThan(cuts[i - 1]?.lastOffset ?? -1);
    expect(content.offsets[0]).toBeGreaterThanOrEqual(firstOffset);
    expect(content.offsets.at(-1)).toBeLessThanOrEqual(lastOffset);
  }
}

it("never loses, repeats or reorders a record, and its ranges never overlap (any offsets, limits and plan)", () => {
  const step = fc.record({ gap: fc.integer({ min: 1, max: 3 }), rows: fc.nat(7), bytes: fc.nat(400), closes: fc.boolean() });
  const range = fc.record({ gap: fc.nat(4), length: fc.integer({ min: 1, max: 12 }), hasLanded: fc.boolean() });
  const limits = fc.record({ rows: fc.integer({ min: 1, max: 20 }), bytes: fc.integer({ min: 1, max: 2000 }), ageMs: fc.constant(50) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.array(range, { maxLength: 5 }), limits, (steps, ranges, bounds) => {
      const plan: PlannedRange[] = [];
      for (const { gap, length, hasLanded } of ranges) {
        const firstOffset = (plan.at(-1)?.lastOffset ?? -1) + 1 + gap;
        plan.push({ firstOffset, lastOffset: firstOffset + length - 1, hasLanded });
      }
      const { given, cuts } = play(batcherWith(plan, bounds), steps);
      const taken = cuts.flatMap(({ content }) => content.offsets);
      expect(taken).toEqual(given.slice(0, taken.length));
      // Only an unfinished planned range may still be open.
      const open = given.slice(taken.length);
      expect(open.every((offset) => plan.some((r) => r.firstOffset <= offset && offset <= r.lastOffset))).toBe(true);
      expectContiguous(cuts);
    }),
  );
});
