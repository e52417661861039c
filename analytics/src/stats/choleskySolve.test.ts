import fc from "fast-check";
import { expect, it } from "vitest";
import { choleskySolve } from "./choleskySolve.ts";

it("solves [[4, 2], [2, 3]] x = [10, 8] by x = [1.75, 1.5]", () => {
  const solution = choleskySolve(
    [
      [4, 2],
      [2, 3],
    ],
    [10, 8],
  );
  expect(solution?.[0]).toBeCloseTo(1.75, 12);
  expect(solution?.[1]).toBeCloseTo(1.5, 12);
});

it("refuses a matrix that is singular, indefinite or not a number", () => {
  expect(
    choleskySolve(
      [
        [1, 1],
        [1, 1],
      ],
      [1, 1],
    ),
  ).toBeNull();
  expect(choleskySolve([[-1]], [1])).toBeNull();
  expect(choleskySolve([[Number.NaN]], [1])).toBeNull();
});

it("gives back x from B'B + I and its product with x, and leaves its input alone", () => {
  const numbers = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 16, maxLength: 16 });
  fc.assert(
    fc.property(numbers, fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 4, maxLength: 4 }), (b, x) => {
      const matrix = [0, 1, 2, 3].map((i) =>
        [0, 1, 2, 3].map((j) => [0, 1, 2, 3].reduce((sum, k) => sum + (b[4 * k + i] ?? 0) * (b[4 * k + j] ?? 0), i === j ? 1 : 0)),
      );
      const right = matrix.map((row) => row.reduce((sum, value, j) => sum + value * (x[j] ?? 0), 0));
      const before = JSON.stringify([matrix, right]);
      const solution = choleskySolve(matrix, right);
      for (const [i, value] of x.entries()) expect(solution?.[i]).toBeCloseTo(value, 6);
      expect(JSON.stringify([matrix, right])).toBe(before);
    }),
  );
});
