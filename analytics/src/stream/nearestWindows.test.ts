import fc from "fast-check";
import { expect, it } from "vitest";
import { createNearestWindows } from "./nearestWindows.ts";

const feed = (values: readonly number[], settings: Parameters<typeof createNearestWindows>[0]): (number | null)[] => {
  const strangeness = createNearestWindows(settings);
  return values.map(strangeness);
};

it("answers the distance to the nearest earlier value: 2 for a 7 after thirty 5s", () => {
  const answers = feed([...Array<number>(31).fill(5), 7], { length: 1, neighbours: 1, memory: 100 });
  expect(answers.slice(0, 30)).toEqual(Array(30).fill(null));
  expect(answers.slice(30)).toEqual([0, 2]);
});

it("forgets windows older than its memory", () => {
  const answers = feed([9, ...Array<number>(40).fill(5), 9], { length: 1, neighbours: 1, memory: 35 });
  expect(answers.at(-1)).toBe(4);
});

const series = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 40, maxLength: 120 });
const shape = fc.record({
  length: fc.integer({ min: 1, max: 6 }),
  neighbours: fc.integer({ min: 1, max: 5 }),
  memory: fc.integer({ min: 32, max: 50 }),
});

it("is the mean over the nearest of all remembered windows, however the ring stands", () => {
  fc.assert(
    fc.property(series, shape, (values, settings) => {
      for (const [i, answer] of feed(values, settings).entries())
        expect(answer ?? -1).toBeCloseTo(bruteForce(values, i, settings) ?? -1, 8);
    }),
    { numRuns: 40 },
  );
});

it("ignores the level and follows the scale", () => {
  fc.assert(
    fc.property(series, shape, (values, settings) => {
      const plain = feed(values, settings);
      const moved = feed(
        values.map((v) => 3 * v - 50),
        settings,
      );
      for (const [i, answer] of plain.entries()) expect(moved[i] ?? -3).toBeCloseTo(3 * (answer ?? -1), 8);
    }),
    { numRuns: 40 },
  );
});

function bruteForce(
  values: readonly number[],
  end: number,
  { length, neighbours, memory }: Parameters<typeof createNearestWindows>[0],
): number | null {
  const windowAt = (last: number) => values.slice(last - length + 1, last + 1);
  const others: number[] = [];
  for (let last = Math.max(length - 1, end - memory); last <= end - length; last += 1) {
    others.push(Math.sqrt(windowAt(last).reduce((sum, v, j) => sum + (v - (windowAt(end)[j] ?? 0)) ** 2, 0)));
  }
  const nearest = others.sort((a, b) => a - b).slice(0, neighbours);
  return others.length < 30 ? null : nearest.reduce((sum, d) => sum + d, 0) / nearest.length / Math.sqrt(length);
}
