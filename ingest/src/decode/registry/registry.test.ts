import { BellwetherError } from "@bellwether/contracts/errors";
import avro from "avsc";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fixtureSchemas } from "../testing/fixtureLines.ts";
import { holdsWhole } from "./avroBounds.ts";
import { parseFieldMap } from "./fieldMap.ts";

const schemas = fixtureSchemas();
const context = { receivedTimeMs: Date.UTC(2026, 0, 3), key: "V1" };

describe("registered records", () => {
  it("never throw, whatever the bytes behind an id", () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 2, 3, 4), fc.uint8Array({ maxLength: 400 }), (id, bytes) => {
        expect(["samples", "rejected"]).toContain(schemas.decode(id, Buffer.from(bytes), context).kind);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("the walk over Avro bytes", () => {
  const plain = [
    { type: "array", items: "null" },
    { type: "map", values: "long" },
    "string",
    "bytes",
    ["null", { type: "array", items: "double" }],
  ] as const;
  const schema: avro.Schema = { type: "record", name: "Row", fields: plain.map((type, i) => ({ name: `f${i}`, type: type as never })) };
  const type = avro.Type.forSchema(schema);

  it("takes what avsc writes, and nothing that is shorter or longer", () => {
    const rows = fc.record({
      f0: fc.array(fc.constant(null), { maxLength: 0 }),
      f1: fc.dictionary(fc.string(), fc.integer()),
      f2: fc.string(),
      f3: fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
      f4: fc.option(fc.array(fc.double({ noNaN: true }))),
    });
    fc.assert(
      fc.property(rows, (row) => {
        const bytes = type.toBuffer(row);
        expect(holdsWhole(type, bytes)).toBe(true);
        expect(holdsWhole(type, bytes.subarray(0, -1))).toBe(false);
        expect(holdsWhole(type, Buffer.concat([bytes, Buffer.from([0])]))).toBe(false);
      }),
    );
  });

  it("refuses lists and maps that claim more entries than there are bytes", () => {
    const nulls = avro.Type.forSchema({ type: "array", items: "null" });
    const longs = avro.Type.forSchema({ type: "array", items: "long" });
    for (const claim of ["80808080808010", "feffffffffffff7f", "fdffffffffffff7f"]) {
      expect(holdsWhole(nulls, Buffer.from(`${claim}00`, "hex"))).toBe(false);
      expect(holdsWhole(longs, Buffer.from(`${claim}00`, "hex"))).toBe(false);
    }
  });

  it("ends in records that hold themselves", () => {
    const nested = avro.Type.forSchema({ type: "record", name: "Node", fields: [{ name: "next", type: ["null", "Node"] }] });
    expect(holdsWhole(nested, Buffer.from([2, 2, 0]))).toBe(true);
    expect(holdsWhole(nested, Buffer.alloc(100_000, 2))).toBe(false);
  });
});

describe("a registry map", () => {
  it.each([
    ["signals: { stateOfCharge: soc }", "expected a signal of the catalogue"],
    ["signals: { gear: { field: gear, values: { PARK: X } } }", "expected N, 1"],
    ["signals: { socPct: { field: soc, values: { A: B } } }", "a number takes no values"],
    ["signals: { socPct: { field: 'soc..x' } }", "expected a field"],
    ["colour: red", "colour"],
  ])("with %s is refused with the place and the reason", (line, reason) => {
    const text = `record: a.B\ntime: { field: at, format: epoch_ms }\n${line}\n`;
    expect(() => parseFieldMap(text, "bad.yaml")).toThrow(BellwetherError);
    expect(() => parseFieldMap(text, "bad.yaml")).toThrow(reason);
  });
});
