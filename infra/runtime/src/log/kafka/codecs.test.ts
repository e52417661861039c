import { randomBytes } from "node:crypto";
import fc from "fast-check";
import snappy from "snappy";
import { describe, expect, it } from "vitest";
import { BATCH_CODECS, INFLATED_BATCH_BYTES_MAX, inflateBatch } from "./codecs.ts";
import { inflatedSizeOfSnappy } from "./inflatedSize.ts";

const MIB = 1024 * 1024;
const BOUNDED = ["snappy", "lz4", "zstd"] as const;
const ALL = ["gzip", ...BOUNDED] as const;
/** The largest block of any of the formats. */
const BLOCK_BYTES_MAX = 4 * MIB;

/** Contents that compress well, badly, and not at all. */
const content = fc.oneof(
  fc.uint8Array({ maxLength: 300_000 }).map((bytes) => Buffer.from(bytes)),
  fc.integer({ min: 0, max: 3 * MIB }).map((length) => Buffer.alloc(length, "vehicle")),
  fc.integer({ min: 0, max: MIB }).map((length) => randomBytes(length)),
);

describe.each(ALL)("batches compressed with %s", (name) => {
  const codec = BATCH_CODECS[name];

  it("come back as they were", async () => {
    await fc.assert(
      fc.asyncProperty(content, async (bytes) => {
        const inflated = await inflateBatch(name, Buffer.from(await codec.compress(bytes)));
        expect(Buffer.isBuffer(inflated) && inflated.equals(bytes)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it("are refused when they would become too large, without becoming so", async () => {
    const bomb = Buffer.from(await codec.compress(Buffer.alloc(INFLATED_BATCH_BYTES_MAX * 3)));
    const before = process.memoryUsage().rss;
    expect(await inflateBatch(name, bomb)).toMatchObject({ reason: "too_large" });
    expect(process.memoryUsage().rss - before).toBeLessThan(INFLATED_BATCH_BYTES_MAX * 2);
  });

  it("never throw, whatever the bytes", async () => {
    const compressed = Buffer.from(await codec.compress(Buffer.alloc(5_000, "report")));
    const broken = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.tuple(fc.nat(compressed.length - 1), fc.nat(255)).map(([at, byte]) => {
        const changed = Buffer.from(compressed);
        changed[at] = byte;
        return changed;
      }),
      fc.nat(compressed.length - 1).map((length) => compressed.subarray(0, length)),
    );
    await fc.assert(
      fc.asyncProperty(broken, async (bytes) => {
        const inflated = await inflateBatch(name, bytes);
        expect(Buffer.isBuffer(inflated) || ["malformed", "too_large"].includes(inflated.reason)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

it.each(BOUNDED)("the size of %s batches is bounded from above, at most a block too high", async (name) => {
  const { compress, bound } = BATCH_CODECS[name];
  await fc.assert(
    fc.asyncProperty(content, async (bytes) => {
      const size = bound?.(Buffer.from(await compress(bytes))) ?? 0;
      expect(size).toBeGreaterThanOrEqual(bytes.length);
      expect(size).toBeLessThanOrEqual(bytes.length + BLOCK_BYTES_MAX);
    }),
    { numRuns: 25 },
  );
});

it("reads the blocks Java's clients put behind snappy's header", async () => {
  const parts = ["first ", "second ", "third"].map((text) => Buffer.from(text));
  const blocks = parts.map((part) => {
    const block = snappy.compressSync(part);
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    return Buffer.concat([length, block]);
  });
  const framed = Buffer.concat([Buffer.from("82534e41505059000000000100000001", "hex"), ...blocks]);
  expect(inflatedSizeOfSnappy(framed)).toBe(18);
  expect(await inflateBatch("snappy", framed)).toEqual(Buffer.from("first second third"));
});
