import { describe, expect, it } from "vitest";
import { ByteWriter, Cursor } from "./bytes.ts";
import { text } from "./text.ts";

const BYTES = 12;

function read(hex: string): string {
  const field = Buffer.alloc(BYTES);
  field.write(hex, "hex");
  return text(BYTES).read(new Cursor(field));
}

function written(reading: string): string {
  const writer = new ByteWriter();
  text(BYTES).write(writer, reading);
  return writer.toBuffer().toString("hex");
}

const padded = (hex: string): string => hex.padEnd(2 * BYTES, "0");

describe("a text field", () => {
  it.each([
    ["ASCII", "5041434b2d41", "PACK-A"],
    ["Chinese", "b5e7b3d8", "电池"],
    ["ASCII and Chinese", "41b5e7b3d831", "A电池1"],
    ["a first byte without a second", "b5e7b3", "µç³"],
    ["the euro sign as a single byte", "3580", "5\u0080"],
    ["a symbol that is in one byte too", "a1c1", "¡Á"],
    ["such a symbol beside Chinese", "b3a4a1c1", "长×"],
    ["a four-byte character", "8139ee39", "\u00819î9"],
  ])("with %s comes back as it was", (_, hex, reading) => {
    expect(read(hex)).toBe(reading);
    expect(written(read(hex))).toBe(padded(hex));
  });

  it("is read without padding and written with NULs", () => {
    expect(read("b5e72020")).toBe("电");
    expect(written("电")).toBe(padded("b5e7"));
  });

  it("is cut between characters", () => {
    expect(written("A电池电池电池")).toBe(padded("41b5e7b3d8b5e7b3d8b5e7"));
  });

  it("keeps its place when a character has no code", () => {
    expect(written("电😀池")).toBe(padded("b5e73fb3d8"));
  });
});
