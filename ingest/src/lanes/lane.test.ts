import { expect, it } from "vitest";
import { createBatcher } from "../blocks/batcher.ts";
import { tokenOf } from "../blocks/block.ts";
import { BlockContent } from "../blocks/content.ts";
import { createLane } from "./lane.ts";

const AGE_MS = 400;

/** A lane whose clock stands where the test puts it, and the blocks it has landed. */
function laneAt(clock: { nowMs: number }) {
  const landed: string[] = [];
  const limits = { rows: 100, bytes: 1e6, ageMs: AGE_MS };
  const lane = createLane({
    batcher: createBatcher({ topic: "t", partition: 0, plan: [], limits, createContent: () => new BlockContent() }),
    hold: { check: async () => undefined, checkAgain: async () => undefined, letGo: () => undefined, signal: new AbortController().signal },
    arrive: ({ offset }) => ({ offset, samples: [], ignored: ["heartbeat"] }),
    land: async (block) => void landed.push(tokenOf(block)),
    isCrowded: () => false,
    now: () => clock.nowMs,
  });
  const record = (offset: number, timestampMs: number) => ({
    topic: "t",
    partition: 0,
    offset,
    key: null,
    value: null,
    headers: {},
    timestampMs,
  });
  const accept = (...records: readonly [offset: number, timestampMs: number][]) => lane.accept(records.map((one) => record(...one)));
  return { lane, landed, accept };
}

it("closes a block by age while it keeps up with the log", async () => {
  const clock = { nowMs: 10_000 };
  const { lane, landed, accept } = laneAt(clock);
  await accept([5, 10_000]);
  clock.nowMs += AGE_MS;
  lane.closeAged();
  await accept([6, clock.nowMs]);
  await lane.flush();
  expect(landed).toEqual(["t:0:5-5", "t:0:6-6"]);
});

it("gives a block more time to fill while it is behind, but not for ever", async () => {
  const clock = { nowMs: 10_000 };
  const { lane, landed, accept } = laneAt(clock);
  await accept([5, 1_000]);
  clock.nowMs += AGE_MS;
  lane.closeAged();
  await accept([6, 1_000]);
  clock.nowMs += 1_000;
  lane.closeAged();
  await lane.flush();
  expect(landed).toEqual(["t:0:5-6"]);
});

it("closes what has become old while a block was landing without being asked", async () => {
  const clock = { nowMs: 10_000 };
  const { lane, landed, accept } = laneAt(clock);
  await accept([5, 10_000]);
  clock.nowMs += AGE_MS;
  lane.closeAged();
  const accepted = accept([6, clock.nowMs]);
  clock.nowMs += AGE_MS;
  await accepted;
  await new Promise(setImmediate);
  expect(landed).toEqual(["t:0:5-5", "t:0:6-6"]);
});

it("leaves its turn to what is landing while it decodes a long batch", async () => {
  const { accept } = laneAt({ nowMs: 10_000 });
  let isAccepted = false;
  const records = Array.from({ length: 1_600 }, (_, offset): [number, number] => [offset, 10_000]);
  const accepted = accept(...records).then(() => {
    isAccepted = true;
  });
  let turns = 0;
  for (; !isAccepted; turns++) await new Promise(setImmediate);
  await accepted;
  expect(turns).toBeGreaterThanOrEqual(3);
});
