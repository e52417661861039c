import { expect, it } from "vitest";
import { createGathered } from "./gathered.ts";

/** A load whose calls are ended by hand. */
function heldLoad() {
  const calls: { keys: readonly string[]; end: (error?: Error) => void }[] = [];
  const load = (keys: readonly string[]) =>
    new Promise<ReadonlyMap<string, string>>((resolve, reject) => {
      const end = (error?: Error) => (error === undefined ? resolve(new Map(keys.map((key) => [key, `${key}!`]))) : reject(error));
      calls.push({ keys, end });
    });
  return { calls, load };
}

it("looks a first key up at once, and the keys that come meanwhile together", async () => {
  const { calls, load } = heldLoad();
  const gathered = createGathered(load, 10);
  const [a, b, c, b2] = [gathered("a"), gathered("b"), gathered("c"), gathered("b")];
  calls[0]?.end();
  expect(await a).toBe("a!");
  calls[1]?.end();
  expect(await Promise.all([b, c, b2])).toEqual(["b!", "c!", "b!"]);
  expect(calls.map(({ keys }) => keys)).toEqual([["a"], ["b", "c"]]);
});

it("takes no more keys at once than it may, and a failure ends only those it was for", async () => {
  const { calls, load } = heldLoad();
  const gathered = createGathered(load, 2);
  const answers = ["a", "b", "c", "d"].map((key) => gathered(key).catch((error: Error) => error.message));
  calls[0]?.end(new Error("away"));
  await answers[0];
  calls[1]?.end();
  await answers[1];
  calls[2]?.end();
  expect(await Promise.all(answers)).toEqual(["away", "b!", "c!", "d!"]);
  expect(calls.map(({ keys }) => keys)).toEqual([["a"], ["b", "c"], ["d"]]);
});
