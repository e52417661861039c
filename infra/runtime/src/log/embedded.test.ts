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

describe("the embedded log with small segments and batches", () => {
  let dir = "";
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "bellwether-log-"));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  recordLogContract({ open: () => openEmbeddedLog({ dir, segmentBytes: 64 * 1024, batchRecordsMax: 1_000, batchBytesMax: 32 * 1024 }) });
});
