import fc from "fast-check";
import { expect, it } from "vitest";
import { blockCheck } from "../frame.ts";
import { createWordCheck } from "./wordCheck.ts";

it("gives the check byte of any stretch of any buffer, however it lies in its memory", () => {
  const wordCheck = createWordCheck();
  const shared = [0, 1].map((seed) => Buffer.from(Uint8Array.from({ length: 40_001 }, (_, i) => (i * 31 + seed * 7) ^ (i >> 5))));
  const bytes = fc.oneof(
    fc.tuple(fc.constantFrom(...shared), fc.nat(39_000), fc.nat(900)).map(([of, at, length]) => of.subarray(at, at + length)),
    fc.uint8Array({ maxLength: 40 }).map((own) => Buffer.from(own)),
  );
  fc.assert(
    fc.property(bytes, fc.nat(12), fc.nat(12), (frame, from, less) => {
      const end = Math.max(from, frame.length - less);
      expect(wordCheck(frame, from, end)).toBe(blockCheck(frame, from, end));
    }),
    { numRuns: 500 },
  );
});
