import { expect, test } from "vitest";
import { createTimedCache } from "./timedCache.ts";

const counting = () => {
  let n = 0;
  return () => Promise.resolve(++n);
};

test("one load per key and period, also for those who ask while it runs", async () => {
  let nowMs = 0;
  const cache = createTimedCache<number>({ ttlMs: 10, entriesMax: 2, now: () => nowMs });
  const load = counting();
  expect(await Promise.all([cache.get("a", load), cache.get("a", load)])).toEqual([1, 1]);
  nowMs = 9;
  expect(await cache.get("a", load)).toBe(1);
  nowMs = 10;
  expect(await cache.get("a", load)).toBe(2);
});

test("the key loaded first goes when there are too many", async () => {
  const cache = createTimedCache<number>({ ttlMs: 10, entriesMax: 2, now: () => 0 });
  const load = counting();
  for (const key of ["a", "b", "a", "c"]) await cache.get(key, load);
  expect(await cache.get("b", load)).toBe(2);
  expect(await cache.get("a", load)).toBe(4);
});

test("a load that fails is not kept", async () => {
  const cache = createTimedCache<number>({ ttlMs: 10, entriesMax: 2, now: () => 0 });
  await expect(cache.get("a", () => Promise.reject(new Error("gone")))).rejects.toThrow("gone");
  expect(await cache.get("a", counting())).toBe(1);
});
