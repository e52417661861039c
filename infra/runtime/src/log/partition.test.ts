import fc from "fast-check";
import { expect, test } from "vitest";
import { murmur2, partitionOf } from "./partition.ts";

test("agrees with the vectors of Kafka's own UtilsTest", () => {
  const vectors: readonly (readonly [string, number])[] = [
    ["21", -973932308],
    ["foobar", -790332482],
    ["a-little-bit-long-string", -985981536],
    ["a-little-bit-longer-string", -1486304829],
    ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
    ["abc", 479470107],
  ];
  for (const [text, hash] of vectors) expect(murmur2(Buffer.from(text)), text).toBe(hash);
});

test("a key's partition is within range and the same for text and bytes", () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 1_000 }), (key, partitions) => {
      const partition = partitionOf(key, partitions);
      expect(partition).toBeGreaterThanOrEqual(0);
      expect(partition).toBeLessThan(partitions);
      expect(partitionOf(Buffer.from(key), partitions)).toBe(partition);
    }),
  );
});
