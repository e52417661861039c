import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeGbt32960 } from "../decode/gbt32960.ts";
import { ACK_COMMAND, COMMANDS, type Edition, writeFrame } from "./frame.ts";
import { decodeFrame, encodeMessage } from "./message.ts";
import { printFrame } from "./print.ts";
import { createFrameSplitter, splitStream } from "./stream.ts";

const CONTEXT = { receivedTimeMs: Date.UTC(2026, 0, 1) };

const edition = fc.constantFrom<Edition>(2016, 2025);
/** Half the time a valid date, so that bodies behind it are reached. */
const time = fc.oneof(
  fc.tuple(
    fc.integer({ min: 1, max: 99 }),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 28 }),
    fc.nat(23),
    fc.nat(59),
    fc.nat(59),
  ),
  fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)),
);
/** Small numbers and sentinels come up more often than chance, because counts and sentinels are where decoders break. */
const byte = fc.oneof(
  { weight: 3, arbitrary: fc.nat(255) },
  { weight: 2, arbitrary: fc.nat(3) },
  { weight: 1, arbitrary: fc.constantFrom(0xfe, 0xff) },
);
const noise = fc.array(byte, { maxLength: 120 });
const type = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 1, max: 9 }) },
  { weight: 2, arbitrary: fc.constantFrom(0x30, 0x31, 0x32, 0x80, 0xfe, 0xff) },
  fc.nat(255),
);
const items = fc.array(fc.tuple(type, noise), { maxLength: 4 });
const reportData = fc.tuple(time, items).map(([at, list]) => Buffer.from([...at, ...list.flatMap(([first, rest]) => [first, ...rest])]));
const vin = fc.stringMatching(/^[A-HJ-NPR-Z0-9]{17}$/);

const reportFrame = fc
  .record({ edition, vin, command: fc.constantFrom(COMMANDS.report, COMMANDS.reissue), data: reportData })
  .map(({ data, ...header }) => writeFrame({ ...header, ack: ACK_COMMAND, encryption: 1 }, data));
const anyFrame = fc
  .record({
    edition,
    vin,
    command: fc.nat(255),
    ack: fc.constantFrom(ACK_COMMAND, 1, 2, 3),
    encryption: fc.constantFrom(0, 1, 2),
    data: fc.tuple(time, noise).map(([at, rest]) => Buffer.from([...at, ...rest])),
  })
  .map(({ data, ...header }) => writeFrame(header, data));

/** A text field, NUL-filled: ASCII, two-byte characters of GB 18030 and bytes that are neither, in any mixture. */
function textField(bytes: number): fc.Arbitrary<number[]> {
  const character = fc.oneof(
    fc.tuple(fc.integer({ min: 0x81, max: 0xfe }), fc.integer({ min: 0x40, max: 0xfe })),
    fc.tuple(fc.integer({ min: 0x80, max: 0xff })),
    fc.tuple(fc.nat(0x7f)),
  );
  return fc.array(character, { maxLength: bytes }).map((characters) => {
    const content = characters.flat().slice(0, bytes);
    // Padding is not part of a text: blanks at its end would come back as NULs.
    while (content.at(-1) === 0x20 || content.at(-1) === 0) content.pop();
    return [...content, ...new Array<number>(bytes - content.length).fill(0)];
  });
}

const LOGIN_TIME = [26, 1, 2, 8, 0, 0, 0, 7];
const codes = fc
  .integer({ min: 1, max: 24 })
  .chain((length) => fc.array(textField(length), { maxLength: 3 }).map((list) => [list.length, length, ...list.flat()]));
/** Logins of every kind, each complete. */
const textFrame = fc
  .oneof(
    fc.tuple(textField(20), codes).map((parts) => ({ edition: 2016 as const, command: COMMANDS.login, parts })),
    fc.tuple(textField(20), fc.constant([1, 2]), textField(24), textField(24)).map((parts) => ({
      edition: 2025 as const,
      command: COMMANDS.login,
      parts,
    })),
    fc
      .tuple(textField(12), textField(20), fc.tuple(byte))
      .map((parts) => ({ edition: 2025 as const, command: COMMANDS.platformLogin, parts })),
  )
  .map(({ parts, ...rest }) =>
    writeFrame({ ...rest, ack: ACK_COMMAND, encryption: 1, vin: "LTEST00000000001X" }, Buffer.from([...LOGIN_TIME, ...parts.flat()])),
  );

function reencoded(frame: Buffer): Buffer | null {
  const result = decodeFrame(frame);
  return result.kind === "message" ? encodeMessage(result.message) : null;
}

describe("encoding what was decoded", () => {
  it("gives the same bytes back for any report of either edition, damaged ones included", () => {
    fc.assert(
      fc.property(reportFrame, (frame) => {
        expect(reencoded(frame)?.toString("hex")).toBe(frame.toString("hex"));
      }),
      { numRuns: 1000 },
    );
  });

  it("gives the same message back for any command (text loses only its padding)", () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        expect(withoutCheck(decodeFrame(reencoded(frame) ?? frame))).toEqual(withoutCheck(decodeFrame(frame)));
      }),
      { numRuns: 1000 },
    );
  });

  it("gives the same bytes back for any text, be it ASCII, Chinese or neither", () => {
    fc.assert(
      fc.property(textFrame, (frame) => {
        expect(reencoded(frame)?.toString("hex")).toBe(frame.toString("hex"));
      }),
      { numRuns: 2000 },
    );
  });
});

function withoutCheck(result: ReturnType<typeof decodeFrame>): unknown {
  return result.kind === "message" ? result.message.body : result;
}

/** Everything but the header: what a frame with a wrong check byte must not give away. */
function bodyKeys(frame: Buffer): string[] {
  const header = new Set<string>(["version", "command", "ack", "vin", "encryption", "data_length", "bcc", "bcc_computed", "bcc_ok"]);
  return Object.keys(printFrame(decodeFrame(frame)) ?? {}).filter((key) => !header.has(key));
}

describe("damaged frames", () => {
  it("never throw, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(decodeGbt32960(Buffer.from(bytes), CONTEXT).length).toBeGreaterThan(0);
      }),
      { numRuns: 1000 },
    );
  });

  it("never yield a value when one byte is changed, because the check byte no longer fits", () => {
    fc.assert(
      fc.property(reportFrame, fc.nat(), fc.integer({ min: 1, max: 255 }), (frame, position, change) => {
        const damaged = Buffer.from(frame);
        // The length bytes are left alone: a frame of another length is another frame, with a check byte of its own.
        const at = position % 2 === 0 ? 2 + (position % 20) : 24 + (position % (frame.length - 24));
        damaged.writeUInt8((damaged[at] ?? 0) ^ change, at);
        expect(bodyKeys(damaged)).toEqual([]);
        const decoded = decodeGbt32960(damaged, CONTEXT);
        expect(decoded.filter(({ kind }) => kind === "samples")).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it("never throw when cut anywhere", () => {
    fc.assert(
      fc.property(reportFrame, fc.nat(), (frame, at) => {
        const [decoded] = decodeGbt32960(frame.subarray(0, at % frame.length), CONTEXT);
        expect(decoded?.kind).toBe("rejected");
      }),
    );
  });
});

/** Rubbish full of start bytes, but without a byte that could be an answer flag behind them. */
const rubbish = fc.array(fc.constantFrom(0x23, 0x24, 0x00, 0x41, 0x80, 0xff), { maxLength: 80 }).map((bytes) => Buffer.from(bytes));
const stream = fc.array(fc.tuple(rubbish, reportFrame), { maxLength: 6 });

describe("the stream splitter", () => {
  it("finds every good frame between rubbish and accounts for every byte", () => {
    fc.assert(
      fc.property(stream, rubbish, (parts, tail) => {
        const bytes = Buffer.concat([...parts.flat(), tail]);
        const { frames, skipped } = splitStream(bytes);
        expect(frames.map((frame) => frame.toString("hex"))).toEqual(parts.map(([, frame]) => frame.toString("hex")));
        expect([...frames, ...skipped].reduce((sum, { length }) => sum + length, 0)).toBe(bytes.length);
      }),
    );
  });

  it("finds the same frames however the stream is cut into chunks", () => {
    fc.assert(
      fc.property(stream, rubbish, fc.integer({ min: 1, max: 97 }), (parts, tail, chunkBytes) => {
        const bytes = Buffer.concat([...parts.flat(), tail]);
        const splitter = createFrameSplitter();
        const found = [];
        for (let at = 0; at < bytes.length; at += chunkBytes) found.push(splitter.push(bytes.subarray(at, at + chunkBytes)));
        found.push(splitter.end());
        expect(found.flatMap(({ frames }) => frames.map((frame) => frame.toString("hex")))).toEqual(
          parts.map(([, frame]) => frame.toString("hex")),
        );
        expect(found.flatMap(({ frames, skipped }) => [...frames, ...skipped]).reduce((sum, { length }) => sum + length, 0)).toBe(
          bytes.length,
        );
      }),
    );
  });
});
