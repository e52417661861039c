import { BellwetherError } from "@bellwether/contracts/errors";
import { expect, test } from "vitest";
import { retry } from "./retry.ts";

const unavailable = new BellwetherError("store_unavailable", "connection refused", { retryable: true });
const rejected = new BellwetherError("store_rejected", "unknown column", { retryable: false });

function failing(times: number, error: unknown) {
  let calls = 0;
  return {
    calls: () => calls,
    run: async () => {
      calls += 1;
      if (calls <= times) throw error;
      return "done";
    },
  };
}

function recordedSleep() {
  const waits: number[] = [];
  return { waits, sleep: async (ms: number) => void waits.push(ms) };
}

test("tries again until it succeeds, waiting up to twice as long each time and never above the limit", async () => {
  const { waits, sleep } = recordedSleep();
  const { run } = failing(5, unavailable);
  const result = await retry(run, { attempts: 6, baseMs: 100, maxMs: 1_000, random: () => 0.999_999, sleep });
  expect(result).toBe("done");
  expect(waits).toEqual([99, 199, 399, 799, 999]);
});

test("jitters over the whole interval down to no wait", async () => {
  const { waits, sleep } = recordedSleep();
  await retry(failing(2, unavailable).run, { attempts: 3, baseMs: 100, maxMs: 1_000, random: () => 0, sleep });
  expect(waits).toEqual([0, 0]);
});

test("gives up with the last error after the given attempts", async () => {
  const { run, calls } = failing(9, unavailable);
  const { sleep } = recordedSleep();
  await expect(retry(run, { attempts: 3, baseMs: 1, maxMs: 1, random: () => 0, sleep })).rejects.toBe(unavailable);
  expect(calls()).toBe(3);
});

test("passes on at once what trying again cannot help", async () => {
  for (const error of [rejected, new Error("a bug")]) {
    const { run, calls } = failing(1, error);
    await expect(retry(run, { attempts: 5, baseMs: 1, maxMs: 1 })).rejects.toBe(error);
    expect(calls()).toBe(1);
  }
});

test("an aborted signal ends the wait with its reason", async () => {
  const stop = new AbortController();
  const { run } = failing(9, unavailable);
  const result = retry(run, {
    attempts: 9,
    baseMs: 1e6,
    maxMs: 1e6,
    random: () => 1,
    signal: stop.signal,
    onRetry: () => stop.abort(new Error("stopping")),
  });
  await expect(result).rejects.toThrow("stopping");
});
