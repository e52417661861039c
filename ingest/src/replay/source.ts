import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";

/** Small, because a chunk can inflate a thousandfold. */
const CHUNK_BYTES = 32 * 1024;

/** A file's content chunk by chunk, unpacked; remembers how far it got and what ended it early. */
export interface ByteSource extends AsyncIterable<Buffer> {
  /** Bytes of the file read so far, as they are on disk. */
  readonly bytesRead: number;
  /** What is wrong with the file; everything before that place has been delivered. */
  readonly failure: Error | undefined;
}

/** Reads a file, or a gzip file by its name. A file that ends early or breaks delivers what is good, then `failure` is set. */
export function openBytes(file: string): ByteSource {
  let bytesRead = 0;
  let failure: Error | undefined;
  const fail = (error: Error) => {
    failure ??= error;
  };

  async function* readFileChunks(): AsyncGenerator<Buffer> {
    const stream: AsyncIterable<Buffer> = createReadStream(file, { highWaterMark: CHUNK_BYTES });
    try {
      for await (const chunk of stream) {
        bytesRead += chunk.length;
        yield chunk;
      }
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  return {
    get bytesRead() {
      return bytesRead;
    },
    get failure() {
      return failure;
    },
    [Symbol.asyncIterator]: () => (file.endsWith(".gz") ? inflate(readFileChunks(), fail) : readFileChunks()),
  };
}

/**
 * Unpacks gzip and delivers everything before a defect. A plain pipeline would not: an error destroys the stream together
 * with the good data it still holds.
 */
async function* inflate(chunks: AsyncIterable<Buffer>, fail: (error: Error) => void): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  const unpacked: Buffer[] = [];
  let hasEnded = false;
  gunzip.on("data", (data: Buffer) => unpacked.push(data));
  const ended = new Promise<void>((resolve) => {
    gunzip.once("end", resolve);
    gunzip.once("error", (error) => {
      fail(error);
      resolve();
    });
  }).then(() => {
    hasEnded = true;
  });
  try {
    for await (const chunk of chunks) {
      await Promise.race([new Promise((resolve) => gunzip.write(chunk, resolve)), ended]);
      yield* unpacked.splice(0);
      if (hasEnded) break;
    }
    if (!hasEnded) {
      gunzip.end();
      await ended;
    }
    yield* unpacked.splice(0);
  } finally {
    gunzip.destroy();
  }
}
