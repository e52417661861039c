import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BATCH_CODECS, INFLATED_BATCH_BYTES_MAX } from "./codecs.ts";
import { type Allowance, decodeRecordSet, unreadableOf } from "./recordSet.ts";
import { batchOf, type TestRecord } from "./testing.ts";

const MIB = 1024 * 1024;

function allowance(records = 100_000): Allowance {
  return { records, inflatedBytes: INFLATED_BATCH_BYTES_MAX, isUntouched: true };
}

/** Fetches until nothing comes any more, as a consumer does. */
async function readAll(recordSet: Buffer, { perFetch = 100_000 } = {}) {
  const offsets: number[] = [];
  let fetches = 0;
  for (let from = 0; ; fetches++) {
    const messages = await decodeRecordSet(recordSet, from, allowance(perFetch));
    if (messages.length === 0) return { offsets, fetches };
    for (const { offset } of messages) offsets.push(Number(offset));
    from = Number(messages.at(-1)?.offset) + 1;
  }
}

const bytes = fc.option(fc.uint8Array({ maxLength: 40 }).map((content) => Buffer.from(content)));
const record: fc.Arbitrary<TestRecord> = fc.record({
  key: bytes,
  value: bytes,
  headers: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string({ maxLength: 10 }), { maxKeys: 3 }),
  timestampDelta: fc.integer({ min: -3_600_000, max: 2 ** 40 }),
});
const codec = fc.constantFrom("none", "gzip", "snappy", "lz4", "zstd");

describe("records of a fetch", () => {
  it("come as they were written, whatever the codec and however the fetches cut them", async () => {
    const batches = fc.array(fc.tuple(codec, fc.array(record, { minLength: 1, maxLength: 12 })), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(batches, fc.integer({ min: 1, max: 30 }), async (sets, perFetch) => {
        let offset = 0;
        const written: Buffer[] = [];
        for (const [name, records] of sets) {
          written.push(await batchOf(records, { baseOffset: offset, codec: name }));
          offset += records.length;
        }
        const set = Buffer.concat(written);
        const messages = await decodeRecordSet(set, 0, allowance());
        const seen = messages.map(({ key, value, headers, timestamp }) => {
          const texts = Object.fromEntries(Object.entries(headers).map(([header, text]) => [header, String(text)]));
          return { key, value, headers: texts, timestampDelta: Number(timestamp) - 1_700_000_000_000 };
        });
        expect(seen).toEqual(sets.flatMap(([, records]) => records.map((one) => ({ ...one, headers: { ...one.headers } }))));
        expect((await readAll(set, { perFetch })).offsets).toEqual(Array.from({ length: offset }, (_, i) => i));
      }),
      { numRuns: 60 },
    );
  });

  it("never throw and never skip an offset, whatever is broken in them", async () => {
    const records = Array.from({ length: 9 }, (_, i) => ({
      key: Buffer.from("key"),
      value: Buffer.alloc(i),
      headers: { name: "text" },
      timestampDelta: i,
    }));
    await fc.assert(
      fc.asyncProperty(codec, fc.nat(10_000), fc.nat(255), async (name, place, byte) => {
        const set = Buffer.from(await batchOf(records, { baseOffset: 0, codec: name }));
        // Behind the header: the broker answers for what the header says.
        set[61 + (place % (set.length - 61))] = byte;
        const messages = await decodeRecordSet(set, 0, allowance());
        expect(messages.length).toBeLessThanOrEqual(9);
        const broken = messages.flatMap((message) => unreadableOf(message) ?? []);
        expect(new Set(broken.map(({ reason }) => reason)).size).toBeLessThanOrEqual(1);
        if (broken.length > 0) expect(Number(messages.at(-1)?.offset)).toBe(8);
      }),
      { numRuns: 400 },
    );
  });

  it("are all read from one compressed batch of 50,000 empty ones, 20,000 a fetch", async () => {
    const empty = { key: null, value: null, headers: {}, timestampDelta: 0 };
    const set = await batchOf(
      Array.from({ length: 50_000 }, () => empty),
      { baseOffset: 0, codec: "zstd" },
    );
    expect(set.length).toBeLessThan(100_000);
    const { offsets, fetches } = await readAll(set);
    expect(fetches).toBe(3);
    expect(offsets.length).toBe(50_000);
    expect(offsets.every((offset, i) => offset === i)).toBe(true);
  });

  it("are handed out in parts that hold 16 MiB and do not keep their batch in memory", async () => {
    const records = Array.from({ length: 20 }, () => ({ key: null, value: Buffer.alloc(MIB - 100), headers: {}, timestampDelta: 0 }));
    const set = await batchOf(records, { baseOffset: 0, codec: "snappy" });
    const messages = await decodeRecordSet(set, 0, allowance());
    expect(messages.length).toBe(17);
    expect(messages[0]?.value?.buffer.byteLength).toBeLessThan(MIB);
    expect((await readAll(set)).offsets.length).toBe(20);
  });

  it("of a batch that would inflate beyond the limit come without content, one for each, and those behind it as they are", async () => {
    const one = { key: null, value: Buffer.from("x"), headers: {}, timestampDelta: 0 };
    const bomb = Buffer.from(await BATCH_CODECS.gzip.compress(Buffer.alloc(INFLATED_BATCH_BYTES_MAX + 1)));
    const set = Buffer.concat([
      await batchOf([one], { baseOffset: 0, codec: "none" }),
      await batchOf([one, one, one], { baseOffset: 1, codec: "gzip", body: bomb }),
      await batchOf([one], { baseOffset: 4, codec: "none" }),
    ]);
    const messages = await decodeRecordSet(set, 0, allowance());
    expect(messages.map((message) => [Number(message.offset), unreadableOf(message)?.reason])).toEqual([
      [0, undefined],
      [1, "too_large"],
      [2, "too_large"],
      [3, "too_large"],
      [4, undefined],
    ]);
  });

  it("wait for the next fetch when this one has no room left for their batch", async () => {
    const large = { key: null, value: Buffer.alloc(40 * MIB), headers: {}, timestampDelta: 0 };
    const batch = await batchOf([large], { baseOffset: 0, codec: "snappy" });
    const shared = allowance();
    expect((await decodeRecordSet(batch, 0, shared)).length).toBe(1);
    expect(await decodeRecordSet(batch, 0, shared)).toEqual([]);
    expect((await decodeRecordSet(batch, 0, allowance())).length).toBe(1);
  });

  it("that compaction has taken away leave where their batch ends", async () => {
    const one = { key: null, value: Buffer.from("x"), headers: {}, timestampDelta: 0 };
    const compacted = await batchOf([one], { baseOffset: 10, codec: "none", lastOffsetDelta: 5 });
    expect(await decodeRecordSet(compacted, 12, allowance())).toMatchObject([{ offset: "15", isControlRecord: true }]);
    expect(await decodeRecordSet(compacted, 16, allowance())).toEqual([]);
  });
});
