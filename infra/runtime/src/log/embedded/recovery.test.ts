import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { commitAll, numbered, numbersOf, range, read } from "../contract/reading.ts";
import { type EmbeddedLogOptions, openEmbeddedLog } from "../embedded.ts";
import type { RecordLog } from "../records.ts";

let dir = "";
let log: RecordLog | null = null;

vi.setConfig({ testTimeout: 60_000 });

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "bellwether-log-"));
});
afterEach(async () => {
  await log?.close();
  log = null;
  await rm(dir, { recursive: true, force: true });
});

/** Opens the log with one topic of one partition, closing the one before. */
async function reopen(options: Partial<EmbeddedLogOptions> = {}): Promise<RecordLog> {
  await log?.close();
  log = null;
  log = await openEmbeddedLog({ dir, ...options });
  await log.ensureTopics([{ topic: "t", partitions: 1 }]);
  return log;
}

async function segmentFiles(): Promise<string[]> {
  const folder = join(dir, "topics", "t", "0");
  return (await readdir(folder)).sort().map((name) => join(folder, name));
}

async function lastSegment(): Promise<string> {
  return (await segmentFiles()).at(-1) ?? "";
}

async function readAll(from: RecordLog, records: number): Promise<number[]> {
  const reading = await read(from, { topic: "t", group: `g${Math.random()}` });
  await reading.until(records);
  await reading.subscription.close();
  return numbersOf(reading.records);
}

describe("a log whose process ended badly", () => {
  test("cuts off a torn tail at every possible length and goes on with the next offset", async () => {
    await (await reopen()).sink.send("t", numbered(3));
    await log?.close();
    const file = await lastSegment();
    const whole = await readFile(file);
    const recordBytes = whole.readUInt32LE(0);
    for (let kept = recordBytes * 2 + 1; kept < whole.length; kept++) {
      await writeFile(file, whole.subarray(0, kept));
      const reopened = await reopen();
      expect(await reopened.endOffsets("t"), `${kept} bytes kept`).toEqual([{ partition: 0, nextOffset: 2 }]);
      await reopened.sink.send("t", numbered(1, { from: 7 }));
      expect(await readAll(reopened, 3)).toEqual([0, 1, 7]);
      await reopened.close();
    }
  });

  test("cuts off rubbish and zeros after the last record", async () => {
    for (const rubbish of [Buffer.alloc(5_000), Buffer.from("rubbish that is no record at all, longer than a header")]) {
      await (await reopen()).sink.send("t", numbered(1));
      const { size } = await stat(await lastSegment());
      await log?.close();
      await appendFile(await lastSegment(), rubbish);
      const reopened = await reopen();
      expect((await stat(await lastSegment())).size).toBe(size);
      await reopened.sink.send("t", numbered(1));
    }
    expect(await log?.endOffsets("t")).toEqual([{ partition: 0, nextOffset: 4 }]);
  });

  test("refuses a damaged record that sound ones follow, rather than drop them", async () => {
    await (await reopen()).sink.send("t", numbered(3));
    await log?.close();
    log = null;
    const handle = await open(await lastSegment(), "r+");
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, 20);
    // The complement, because a fixed value may be what stands there already: the header holds the time.
    await handle.write(Buffer.from([~(byte[0] ?? 0) & 0xff]), 0, 1, 20);
    await handle.close();
    await expect(reopen()).rejects.toMatchObject({ code: "log_corrupt", message: expect.stringContaining("wrong check sum at byte 0") });
  });

  test("a damaged finished segment ends the subscription with the place", async () => {
    const opened = await reopen({ segmentBytes: 1_000 });
    for (let i = 0; i < 10; i++) await opened.sink.send("t", numbered(10, { from: i * 10 }));
    await log?.close();
    const [first = ""] = await segmentFiles();
    await truncate(first, 500);
    const reopened = await reopen({ segmentBytes: 1_000 });
    const reading = await read(reopened, { topic: "t", group: "g" });
    await expect(reading.subscription.done).rejects.toMatchObject({ code: "log_corrupt" });
  });

  test("unreadable committed offsets are reported, not reset", async () => {
    const opened = await reopen();
    await opened.sink.send("t", numbered(1));
    const reading = await read(opened, { topic: "t", group: "g", handle: commitAll });
    await reading.until(1);
    await reading.subscription.close();
    await writeFile(join(dir, "groups", "g.json"), "{");
    const reopened = await reopen();
    await expect(read(reopened, { topic: "t", group: "g" })).rejects.toMatchObject({ code: "log_corrupt" });
  });

  test("acknowledged records survive kill -9 while a process is appending", async () => {
    const writer = fileURLToPath(new URL("./crashWriter.ts", import.meta.url));
    let next = 0;
    for (let round = 0; round < 3; round++) {
      const child = spawn(process.execPath, ["--import", "tsx", writer, dir, String(next)], { stdio: ["ignore", "pipe", "inherit"] });
      let acknowledged = -1;
      for await (const line of createInterface({ input: child.stdout })) {
        acknowledged = Number(line);
        if (acknowledged >= next + 500) child.kill("SIGKILL");
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      expect(child.signalCode).toBe("SIGKILL");
      const reopened = await openEmbeddedLog({ dir, segmentBytes: 64 * 1024 });
      const [end] = await reopened.endOffsets("t");
      const reading = await read(reopened, { topic: "t", group: `g${round}` });
      await reading.until(end?.nextOffset ?? 0);
      const numbers = reading.records.map(({ value }) => Number.parseInt(value?.toString("latin1") ?? "", 10));
      await reopened.close();
      expect(numbers).toEqual(range(numbers.length));
      expect(numbers.length).toBeGreaterThan(acknowledged);
      next = numbers.length;
    }
  });
});

describe("retention", () => {
  test("deletes the oldest segments, and a group that was behind goes on with what is left", async () => {
    const options = { segmentBytes: 2_000, retentionBytes: 10_000 };
    const opened = await reopen(options);
    const early = await read(opened, { topic: "t", group: "g" });
    await early.subscription.close();
    for (let i = 0; i < 100; i++) await opened.sink.send("t", numbered(20, { from: i * 20 }));
    const reopened = await reopen(options);
    const sizes = await Promise.all((await segmentFiles()).map(async (file) => (await stat(file)).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(14_000);
    const reading = await read(reopened, { topic: "t", group: "g" });
    while (numbersOf(reading.records).at(-1) !== 1_999) await reading.until(reading.records.length + 1);
    const numbers = numbersOf(reading.records);
    expect(numbers).toEqual(range(numbers.length, 2_000 - numbers.length));
    expect(numbers.length).toBeGreaterThan(50);
  });
});

/** What the model of a log with one partition and one group knows. */
interface Model {
  opened: RecordLog;
  readonly options: Partial<EmbeddedLogOptions>;
  sent: number;
  committed: number;
}

async function send(model: Model, counts: readonly number[]): Promise<void> {
  const sends = counts.map((count) => {
    const records = numbered(count, { from: model.sent });
    model.sent += count;
    return model.opened.sink.send("t", records);
  });
  await Promise.all(sends);
}

async function readAndCommit(model: Model, wanted: number): Promise<void> {
  const expected = range(model.sent - model.committed, model.committed);
  const reading = await read(model.opened, { topic: "t", group: "g" });
  await reading.until(expected.length);
  expect(numbersOf(reading.records)).toEqual(expected);
  expect(reading.records.map(({ offset }) => offset)).toEqual(expected);
  const nextOffset = Math.min(model.sent, wanted);
  await reading.subscription.commit("t", 0, nextOffset);
  model.committed = Math.max(model.committed, nextOffset);
  await reading.subscription.close();
}

describe("laws", () => {
  const sends = fc
    .array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 3 })
    .map((counts) => (model: Model) => send(model, counts));
  const reads = fc.integer({ min: 0, max: 100 }).map((wanted) => (model: Model) => readAndCommit(model, wanted));
  const restarts = fc.constant(async (model: Model) => {
    model.opened = await reopen(model.options);
  });

  test("any interleaving of sending, committing and reopening keeps offsets contiguous and loses nothing", async () => {
    const steps = fc.array(fc.oneof(sends, reads, restarts), { maxLength: 25 });
    const property = fc.asyncProperty(steps, fc.integer({ min: 64, max: 3_000 }), async (run, segmentBytes) => {
      await log?.close();
      log = null;
      await rm(dir, { recursive: true, force: true });
      const options = { segmentBytes, batchRecordsMax: 7, batchBytesMax: 256 };
      const model: Model = { opened: await reopen(options), options, sent: 0, committed: 0 };
      for (const step of run) {
        await step(model);
        expect(await model.opened.endOffsets("t")).toEqual([{ partition: 0, nextOffset: model.sent }]);
      }
    });
    await fc.assert(property, { numRuns: 40 });
  });
});
