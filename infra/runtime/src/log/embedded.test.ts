import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { recordLogContract } from "./contract.ts";
import { openEmbeddedLog } from "./embedded.ts";
import type { RecordBatch } from "./records.ts";

describe("the embedded log", () => {
  let dir = "";
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "bellwether-log-"));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  recordLogContract({ open: () => openEmbeddedLog({ dir }) });
});

describe("the embedded log with small segments and batches", () => {
  let dir = "";
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "bellwether-log-"));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  recordLogContract({ open: () => openEmbeddedLog({ dir, segmentBytes: 64 * 1024, batchRecordsMax: 1_000, batchBytesMax: 32 * 1024 }) });
});

describe("a reader of the embedded log that keeps nothing", () => {
  test.each([
    { keepsNothing: true, memories: 1 },
    { keepsNothing: false, memories: 10 },
  ])("gets every record whole, from as few pieces of memory as it says it needs ($keepsNothing)", async ({ keepsNothing, memories }) => {
    const dir = await mkdtemp(join(tmpdir(), "bellwether-log-"));
    const log = await openEmbeddedLog({ dir, batchBytesMax: 1024 });
    const sent = Array.from({ length: 400 }, (_, i) => `record ${i}`.repeat(1 + (i % 9)));
    await log.ensureTopics([{ topic: "t", partitions: 1 }]);
    await log.sink.send(
      "t",
      sent.map((text) => ({ key: text.slice(0, 10), value: Buffer.from(text) })),
    );
    const got: string[] = [];
    const used = new Set<ArrayBufferLike>();
    await new Promise<void>((resolve, reject) => {
      const onBatch = async ({ records }: RecordBatch) => {
        for (const { key, value } of records) {
          expect(key?.toString()).toBe(value?.toString().slice(0, 10));
          got.push(value?.toString() ?? "");
          if (value !== null) used.add(value.buffer);
        }
        if (got.length >= sent.length) resolve();
      };
      log.source.subscribe({ topics: ["t"], group: "g", onBatch, keepsNothing }).then(({ done }) => done.catch(reject), reject);
    });
    await log.close();
    await rm(dir, { recursive: true, force: true });
    expect(got).toEqual(sent);
    expect(Math.min(used.size, 10)).toBe(memories);
  });
});
