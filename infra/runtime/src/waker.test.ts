import { expect, test } from "vitest";
import { createWaker } from "./waker.ts";

const never = 2 ** 30;

test("a wake-up ends the pause, one before it leaves the next pause out, and several are one", async () => {
  const waker = createWaker();
  const { signal } = new AbortController();
  const paused = waker.wait(never, signal);
  waker.wake();
  await paused;
  waker.wake();
  waker.wake();
  await waker.wait(never, signal);
  const rest: string[] = [];
  const second = waker.wait(never, signal).then(() => rest.push("woken"));
  await Promise.resolve();
  expect(rest).toEqual([]);
  waker.wake();
  await second;
});

test("time and the signal end it too", async () => {
  const waker = createWaker();
  const stopping = new AbortController();
  await waker.wait(0, stopping.signal);
  const paused = waker.wait(never, stopping.signal);
  stopping.abort();
  await paused;
  await waker.wait(never, stopping.signal);
});
