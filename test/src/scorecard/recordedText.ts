/** The text of a recorded file, plain or gzipped, as far as it goes: loggers lose power, and copies are cut off. */
import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";

const told = new Set<string>();

/** One line on standard error, once: what was left out of an input must not pass in silence. */
export function tell(line: string): void {
  if (told.has(line)) return;
  told.add(line);
  process.stderr.write(`${line}\n`);
}

/** The text in pieces. Throws what the file system throws, and what gunzip throws where the file is not cut off but damaged. */
export async function* textOf(path: string): AsyncIterable<Buffer> {
  const file = createReadStream(path);
  if (!/\.gz$/i.test(path)) return yield* file;
  const gunzip = createGunzip();
  // A reader that has enough leaves the stream, which may still find the cut by itself; there is nobody left to tell.
  gunzip.on("error", () => {});
  file.on("error", (error) => gunzip.destroy(error));
  try {
    yield* wholeLines(file.pipe(gunzip), () => tell(`${path}: cut off, read as far as it goes`));
  } finally {
    file.destroy();
  }
}

/** The first line that is not empty; "" where there is none. Throws as `textOf`. */
export async function firstLineOf(path: string): Promise<string> {
  let text = "";
  for await (const piece of textOf(path)) {
    text = (text + piece.toString("utf8")).trimStart();
    if (text.includes("\n")) break;
  }
  return text.split("\n", 1)[0] ?? "";
}

const NEWLINE = 10;

/** Where the pieces are cut off, without the line that was being written: its last number would have lost its last digits. */
async function* wholeLines(pieces: AsyncIterable<Buffer>, onCut: () => void): AsyncIterable<Buffer> {
  let begun = Buffer.alloc(0);
  try {
    for await (const piece of pieces) {
      const text = Buffer.concat([begun, piece]);
      const end = text.lastIndexOf(NEWLINE) + 1;
      begun = text.subarray(end);
      if (end > 0) yield text.subarray(0, end);
    }
  } catch (error) {
    if (!isCutOff(error)) throw error;
    return onCut();
  }
  yield begun;
}

function isCutOff(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "Z_BUF_ERROR";
}
