import { describe, expect, it } from "vitest";
import { encodeNative, type NativeColumn } from "./native.ts";

describe("encodeNative", () => {
  it("writes the layout of the format's documentation", () => {
    const block = encodeNative([
      { name: "a", type: "UInt16", values: [1, 258] },
      { name: "s", type: "LowCardinality(String)", values: ["é", ""] },
    ]);
    expect([...block]).toEqual([
      ...[2, 2],
      ...[1, 97, 6, ...Buffer.from("UInt16"), 1, 0, 2, 1],
      ...[1, 115, 6, ...Buffer.from("String"), 2, 0xc3, 0xa9, 0],
    ]);
  });

  it.each([
    ["UInt16", 70_000],
    ["UInt8", -1],
    ["UInt32", 1.5],
    ["UInt8", Number.NaN],
    ["Float32", "1"],
    ["Bool", 1],
    ["String", 5],
    ["String", null],
    ["UInt64", 2 ** 53],
    ["Float64", null],
    ["Enum8('a' = 1)", "b"],
    ["Array(UInt8)", [null]],
    ["Array(String)", "text"],
    ["Map(String, Float64)", ["x"]],
  ])("refuses what does not fit %s rather than storing something else", (type, value) => {
    expect(() => encodeNative([{ name: "c", type, values: [value] }])).toThrow(/^column c: expected/);
  });

  it("refuses columns of different lengths and types it does not know", () => {
    const a = { name: "a", type: "UInt8", values: [1] };
    expect(() => encodeNative([a, { name: "b", type: "UInt8", values: [] }])).toThrow("column b: expected 1 values, got 0");
    expect(() => encodeNative([{ name: "a", type: "Tuple(UInt8)", values: [] }])).toThrow("Tuple(UInt8)");
  });

  it("never names a value in its errors", () => {
    expect(() => encodeNative([{ name: "vin", type: "UInt8", values: ["LSECRET0000000001"] }])).toThrow(/^(?!.*SECRET)/);
  });
});

describe("packed columns", () => {
  const packed = (type: string, values: NativeColumn["values"]) => encodeNative([{ name: "c", type, values }]);

  it("encode to the same bytes as plain ones", () => {
    const scalar = { length: 3, numbers: new Float32Array([1.5, 0, 2]), nulls: new Uint8Array([0, 1, 0]) };
    expect(packed("Nullable(Float32)", scalar)).toEqual(packed("Nullable(Float32)", [1.5, null, 2]));
    const list = { length: 3, numbers: new Float32Array([1, 0, 3]), nulls: new Uint8Array([0, 1, 0]), lengths: new Uint32Array([2, 0, 1]) };
    expect(packed("Array(Nullable(Float32))", list)).toEqual(packed("Array(Nullable(Float32))", [[1, null], [], [3]]));
  });

  it("are refused when their parts do not fit together", () => {
    const numbers = new Float32Array(2);
    expect(() => packed("Nullable(Float32)", { length: 2, numbers })).toThrow("nulls for a Nullable only");
    expect(() => packed("Float32", { length: 3, numbers })).toThrow("3 packed values");
    expect(() => packed("Array(Float32)", { length: 2, numbers })).toThrow("lengths for an Array only");
  });
});
