import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { compress as compressZstd, decompress as decompressZstd, init as initZstd } from "@bokuweb/zstd-wasm";
import kafkajs from "kafkajs";
import lz4 from "lz4-napi";
import snappy from "snappy";
import type { Unreadable } from "../records.ts";
import { inflatedSizeOfLz4, inflatedSizeOfSnappy, inflatedSizeOfZstd, isXerial, leastSizeOfGzip, xerialBlocks } from "./inflatedSize.ts";

const { CompressionCodecs, CompressionTypes } = kafkajs;

/** What a batch may become when it is inflated. A broker's largest batch of 16 MiB holds no more than that at the usual ratios. */
export const INFLATED_BATCH_BYTES_MAX = 64 * 1024 * 1024;
const ZSTD_LEVEL = 3;

/** Compression of record batches; `bound` says how large a batch can become, before anything is inflated (of gzip: at least becomes). */
export interface BatchCodec {
  readonly compress: (bytes: Buffer) => Promise<Uint8Array>;
  readonly bound: (bytes: Buffer) => number;
  readonly inflate: (bytes: Buffer, sizeMax: number) => Promise<Uint8Array>;
}

let zstdReady: Promise<void> | undefined;
const readyZstd = () => {
  zstdReady ??= initZstd();
  return zstdReady;
};

export type CodecName = "gzip" | "snappy" | "lz4" | "zstd";

export const BATCH_CODECS: Readonly<Record<CodecName, BatchCodec>> = {
  gzip: {
    compress: promisify<Buffer, Buffer>(gzip),
    bound: leastSizeOfGzip,
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

/** Gives kafkajs the codecs it lacks, to compress with; what is fetched is inflated by `recordSet.ts`. */
export function registerCodecs(): void {
  const codecOf = (name: CodecName) => () => ({
    compress: async ({ buffer }: { buffer: Buffer }) => Buffer.from(await BATCH_CODECS[name].compress(buffer)),
    decompress: async (bytes: Buffer) => {
      const inflated = await inflateBatch(name, bytes);
      if (Buffer.isBuffer(inflated)) return inflated;
      throw new Error(inflated.detail);
    },
  });
  CompressionCodecs[CompressionTypes.GZIP] = codecOf("gzip");
  CompressionCodecs[CompressionTypes.Snappy] = codecOf("snappy");
  CompressionCodecs[CompressionTypes.LZ4] = codecOf("lz4");
  CompressionCodecs[CompressionTypes.ZSTD] = codecOf("zstd");
}

/**
 * The records of a compressed batch, or why they cannot be had. Never more than `sizeMax` bytes are set aside, which is lower than the
 * limit where other batches have used some of it.
 */
export async function inflateBatch(name: CodecName, bytes: Buffer, sizeMax = INFLATED_BATCH_BYTES_MAX): Promise<Buffer | Unreadable> {
  const { bound, inflate } = BATCH_CODECS[name];
  const size = bound(bytes);
  if (size === Number.POSITIVE_INFINITY)
    return { reason: "malformed", detail: `expected a batch compressed with ${name}, got bytes that are none` };
  if (size > sizeMax) return tooLarge(bytes, sizeMax);
  try {
    const inflated = await inflate(bytes, sizeMax);
    return Buffer.from(inflated.buffer, inflated.byteOffset, inflated.byteLength);
  } catch (error) {
    if (error instanceof RangeError) return tooLarge(bytes, sizeMax);
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    return {
      reason: "malformed",
      detail: `expected a batch compressed with ${name}, got ${bytes.length} bytes that cannot be inflated: ${why}`,
    };
  }
}

function tooLarge({ length }: Buffer, sizeMax: number): Unreadable {
  const limit = `expected a batch of at most ${sizeMax} bytes once inflated`;
  return { reason: "too_large", detail: `${limit}, got more from ${length} compressed bytes` };
}
