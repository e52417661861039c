import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { recordLogContract } from "./contract.ts";
import { openEmbeddedLog } from "./embedded.ts";

describe("the embedded log", () => {
  let dir = "";
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "bellwether-log-"));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  recordLogContract({ open: () => openEmbeddedLog({ dir }) });
});

describe("the embedded log with segments of 8 KiB and small batches", () => {
  let dir = "";
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "bellwether-log-"));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  recordLogContract({ open: () => openEmbeddedLog({ dir, segmentBytes: 8 * 1024, batchRecordsMax: 100, batchBytesMax: 4 * 1024 }) });
});
