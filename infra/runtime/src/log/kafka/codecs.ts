import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { compress as compressZstd, decompress as decompressZstd, init as initZstd } from "@bokuweb/zstd-wasm";
import kafkajs from "kafkajs";
import lz4 from "lz4-napi";
import snappy from "snappy";
import type { Unreadable } from "../records.ts";
import { inflatedSizeOfLz4, inflatedSizeOfSnappy, inflatedSizeOfZstd, isXerial, xerialBlocks } from "./inflatedSize.ts";
import { standInsFor } from "./standIns.ts";

const { CompressionCodecs, CompressionTypes } = kafkajs;

/** What a batch may become when it is inflated. A broker's largest batch of 16 MiB holds no more than that at the usual ratios. */
export const INFLATED_BATCH_BYTES_MAX = 64 * 1024 * 1024;
const ZSTD_LEVEL = 3;

/** Compression of record batches; `bound` says how large a batch can become, before anything is inflated. */
export interface BatchCodec {
  readonly compress: (bytes: Buffer) => Promise<Uint8Array>;
  readonly bound?: (bytes: Buffer) => number;
  readonly inflate: (bytes: Buffer, sizeMax: number) => Promise<Uint8Array>;
}

let zstdReady: Promise<void> | undefined;
const readyZstd = () => {
  zstdReady ??= initZstd();
  return zstdReady;
};

export const BATCH_CODECS: Readonly<Record<"gzip" | "snappy" | "lz4" | "zstd", BatchCodec>> = {
  gzip: {
    compress: promisify<Buffer, Buffer>(gzip),
    inflate: (bytes, sizeMax) => promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip)(bytes, { maxOutputLength: sizeMax }),
  },
  snappy: { compress: (bytes) => snappy.compress(bytes), bound: inflatedSizeOfSnappy, inflate: inflateSnappy },
  lz4: { compress: (bytes) => lz4.compressFrame(bytes), bound: inflatedSizeOfLz4, inflate: (bytes) => lz4.decompressFrame(bytes) },
  zstd: {
    compress: async (bytes) => {
      await readyZstd();
      return compressZstd(bytes, ZSTD_LEVEL);
    },
    bound: inflatedSizeOfZstd,
    // Not all compressors write the size into the frame; then this much is set aside.
    inflate: async (bytes) => {
      await readyZstd();
      return decompressZstd(bytes, { defaultHeapSize: inflatedSizeOfZstd(bytes) });
    },
  },
};

async function inflateSnappy(bytes: Buffer): Promise<Buffer> {
  if (!isXerial(bytes)) return Buffer.from(await snappy.uncompress(bytes, { asBuffer: true }));
  const blocks = [...xerialBlocks(bytes)].map((block) => snappy.uncompress(block ?? Buffer.alloc(0), { asBuffer: true }));
  return Buffer.concat((await Promise.all(blocks)).map((block) => Buffer.from(block)));
}

/** Names the header of a stand-in; of this process alone, so that no sender can pretend. */
export const UNREADABLE_HEADER = `bw-unreadable-${randomUUID()}`;

/**
 * Gives kafkajs the codecs it lacks, and limits those it has. A batch that would become too large, or cannot be inflated, is
 * handed out as records without content that say why: thrown, the error would end the whole consumer at every restart.
 */
export function registerCodecs(): void {
  const codecOf = (codec: BatchCodec) => () => ({
    compress: async ({ buffer }: { buffer: Buffer }) => Buffer.from(await codec.compress(buffer)),
    decompress: (bytes: Buffer) => inflateOrStandIn(codec, bytes),
  });
  CompressionCodecs[CompressionTypes.GZIP] = codecOf(BATCH_CODECS.gzip);
  CompressionCodecs[CompressionTypes.Snappy] = codecOf(BATCH_CODECS.snappy);
  CompressionCodecs[CompressionTypes.LZ4] = codecOf(BATCH_CODECS.lz4);
  CompressionCodecs[CompressionTypes.ZSTD] = codecOf(BATCH_CODECS.zstd);
}

async function inflateOrStandIn(codec: BatchCodec, bytes: Buffer): Promise<Buffer> {
  const inflated = await inflateBatch(codec, bytes);
  return Buffer.isBuffer(inflated) ? inflated : standInsFor(bytes, UNREADABLE_HEADER, JSON.stringify(inflated));
}

/** The records of a compressed batch, or why they cannot be had. Never more than the limit is set aside. */
export async function inflateBatch(codec: BatchCodec, bytes: Buffer): Promise<Buffer | Unreadable> {
  const bound = codec.bound?.(bytes) ?? 0;
  if (bound === Number.POSITIVE_INFINITY) return { reason: "malformed", detail: "expected a compressed batch, got bytes that are none" };
  if (bound > INFLATED_BATCH_BYTES_MAX) return tooLarge(bytes);
  try {
    const inflated = await codec.inflate(bytes, INFLATED_BATCH_BYTES_MAX);
    return Buffer.from(inflated.buffer, inflated.byteOffset, inflated.byteLength);
  } catch (error) {
    if (error instanceof RangeError) return tooLarge(bytes);
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    return { reason: "malformed", detail: `expected a compressed batch, got ${bytes.length} bytes that cannot be inflated: ${why}` };
  }
}

function tooLarge({ length }: Buffer): Unreadable {
  const limit = `expected a batch of at most ${INFLATED_BATCH_BYTES_MAX} bytes once inflated`;
  return { reason: "too_large", detail: `${limit}, got more from ${length} compressed bytes` };
}
