import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { encodeNative, type NativeColumn, type NativeValue } from "./native.ts";
import { openTestStore, type TestStore } from "./testing.ts";

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test?.close());

const finite = { noNaN: true, noDefaultInfinity: true };
const text = fc.string({ unit: "binary", maxLength: 300 });
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const ENUM = "Enum8('N' = 1, 'it\\'s' = 2, '10' = 12)";

/** Every type the encoder knows, with the values it takes; NULL is kept apart, because JSON shows it as null. */
const TYPES: readonly (readonly [type: string, value: fc.Arbitrary<NativeValue>])[] = [
  ["UInt8", fc.integer({ min: 0, max: 255 })],
  ["UInt16", fc.integer({ min: 0, max: 65_535 })],
  ["UInt32", fc.integer({ min: 0, max: 4_294_967_295 })],
  ["UInt64", fc.maxSafeNat()],
  ["Int8", fc.integer({ min: -128, max: 127 })],
  ["Int16", fc.integer({ min: -32_768, max: 32_767 })],
  ["Int32", fc.integer()],
  ["Int64", fc.maxSafeInteger()],
  ["Float32", fc.float(finite)],
  ["Float64", fc.double(finite)],
  ["Bool", fc.boolean()],
  [ENUM, fc.constantFrom("N", "it's", "10")],
  ["Date", fc.integer({ min: 0, max: 65_535 })],
  ["DateTime64(3, 'UTC')", fc.integer({ min: -1_000_000_000_000, max: 4_000_000_000_000 })],
  ["String", text],
  ["LowCardinality(String)", text],
  ["Nullable(UInt16)", optional(fc.integer({ min: 0, max: 65_535 }))],
  ["Nullable(Float32)", optional(fc.float(finite))],
  ["Nullable(Float64)", optional(fc.double(finite))],
  ["Nullable(Bool)", optional(fc.boolean())],
  ["Nullable(String)", optional(text)],
  [`Nullable(${ENUM})`, optional(fc.constantFrom("N", "it's", "10"))],
  ["Nullable(DateTime64(3, 'UTC'))", optional(fc.integer({ min: 0, max: 4_000_000_000_000 }))],
  ["Array(Nullable(Float32))", fc.array(optional(fc.float(finite)))],
  ["Array(UInt32)", fc.array(fc.nat())],
  ["Array(String)", fc.array(text)],
  ["Array(LowCardinality(String))", fc.array(text)],
  ["Map(String, Float64)", fc.dictionary(text, fc.double(finite))],
  ["Map(LowCardinality(String), Float64)", fc.dictionary(text, fc.double(finite))],
];

/** How a column reads back as the number, text or array that went in. */
function readBack(column: string, type: string): string {
  if (type.includes("DateTime64")) return `toUnixTimestamp64Milli(${column})`;
  // As text a Float32 has its own shortest digits; widened, it shows the exact number.
  if (type.includes("Float32")) return `CAST(${column} AS ${type.replace("Float32", "Float64")})`;
  return type === "Date" ? `toInt32(${column})` : column;
}

/** Through JSON, as a SELECT gives it: minus zero becomes zero. */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("encodeNative into the engine", () => {
  it("reads back equal for every type, random values and blocks of any size", async () => {
    const names = TYPES.map((_, index) => `c${index}`);
    const ddl = TYPES.map(([type], index) => `c${index} ${type}`).join(", ");
    await test.store.command(`CREATE TABLE round_trip (block UInt32, row UInt32, ${ddl}) ENGINE = MergeTree ORDER BY (block, row)`);
    const rowSchema = z.record(z.string(), z.unknown());
    const select = TYPES.map(([type], index) => `${readBack(`c${index}`, type)} AS v${index}`).join(", ");
    let block = 0;

    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(...TYPES.map(([, value]) => value)), { minLength: 1, maxLength: 40 }), async (rows) => {
        block += 1;
        const columns: NativeColumn[] = [
          { name: "block", type: "UInt32", values: rows.map(() => block) },
          { name: "row", type: "UInt32", values: rows.map((_, row) => row) },
          ...TYPES.map(([type], index) => ({ name: `c${index}`, type, values: rows.map((row) => row[index]) })),
        ];
        await test.store.insertNative("round_trip", ["block", "row", ...names], encodeNative(columns), { token: `b${block}` });
        const read = await test.store.query(`SELECT ${select} FROM round_trip WHERE block = {block:UInt32} ORDER BY row`, rowSchema, {
          params: { block },
        });
        expect(asJson(read.map((row) => TYPES.map((_, index) => row[`v${index}`])))).toEqual(asJson(rows));
      }),
      { numRuns: 60 },
    );
  });

  it("writes NULL for null and undefined, and empty arrays and maps for absent ones", async () => {
    await test.store.command(
      "CREATE TABLE absent (id UInt8, n Nullable(Float32), a Array(Nullable(Float32)), m Map(String, Float64), b Nullable(Bool)) ENGINE = MergeTree ORDER BY id",
    );
    const columns: NativeColumn[] = [
      { name: "id", type: "UInt8", values: new Uint8Array([1, 2, 3]) },
      { name: "n", type: "Nullable(Float32)", values: [null, undefined, 0.5] },
      { name: "a", type: "Array(Nullable(Float32))", values: [undefined, new Float32Array([1, 2]), [null, 3]] },
      { name: "m", type: "Map(String, Float64)", values: [undefined, new Map([["x", 1]]), { y: 2 }] },
      { name: "b", type: "Nullable(Bool)", values: [true, undefined, false] },
    ];
    await test.store.insertNative(
      "absent",
      columns.map(({ name }) => name),
      encodeNative(columns),
      { token: "1" },
    );
    expect(await test.store.query("SELECT * FROM absent ORDER BY id", z.unknown())).toEqual([
      { id: 1, n: null, a: [], m: {}, b: true },
      { id: 2, n: null, a: [1, 2], m: { x: 1 }, b: null },
      { id: 3, n: 0.5, a: [null, 3], m: { y: 2 }, b: false },
    ]);
  });
});
