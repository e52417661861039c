/** A ClickHouse column type as far as we write it. LowCardinality is sent as its inner type; the server converts. */
export type NativeType =
  | { readonly kind: "number"; readonly text: string; readonly width: keyof typeof NUMBER_ARRAYS }
  | { readonly kind: "int64"; readonly text: string }
  | { readonly kind: "bool"; readonly text: string }
  | { readonly kind: "enum8"; readonly text: string; readonly codes: ReadonlyMap<string, number> }
  | { readonly kind: "string"; readonly text: string }
  | { readonly kind: "nullable"; readonly text: string; readonly of: NativeType }
  | { readonly kind: "array"; readonly text: string; readonly of: NativeType }
  | { readonly kind: "map"; readonly text: string; readonly key: NativeType; readonly of: NativeType };

/** Types whose bytes are one of JavaScript's typed arrays. `Date` is days since 1970-01-01. */
export const NUMBER_ARRAYS = {
  UInt8: Uint8Array,
  UInt16: Uint16Array,
  UInt32: Uint32Array,
  Int8: Int8Array,
  Int16: Int16Array,
  Int32: Int32Array,
  Float32: Float32Array,
  Float64: Float64Array,
  Date: Uint16Array,
} as const;

function isNumberType(name: string): name is keyof typeof NUMBER_ARRAYS {
  return Object.hasOwn(NUMBER_ARRAYS, name);
}

/** Content of `Name(...)`, or null when the type has another name. */
function argumentOf(text: string, name: string): string | null {
  return text.startsWith(`${name}(`) && text.endsWith(")") ? text.slice(name.length + 1, -1).trim() : null;
}

function parseEnum(text: string, members: string): NativeType {
  const codes = new Map<string, number>();
  for (const [, name = "", code] of members.matchAll(/'((?:\\.|[^'\\])*)'\s*=\s*(-?\d+)/g))
    codes.set(name.replace(/\\(.)/g, "$1"), Number(code));
  return { kind: "enum8", text, codes };
}

function parseWrapper(text: string): NativeType | null {
  const plain = argumentOf(text, "LowCardinality");
  if (plain !== null) return parseType(plain);
  const optional = argumentOf(text, "Nullable");
  if (optional !== null) {
    const of = parseType(optional);
    return { kind: "nullable", text: `Nullable(${of.text})`, of };
  }
  const element = argumentOf(text, "Array");
  if (element === null) return null;
  const of = parseType(element);
  return { kind: "array", text: `Array(${of.text})`, of };
}

function parseMap(pair: string): NativeType {
  const comma = pair.indexOf(",");
  const key = parseType(pair.slice(0, comma).trim());
  const of = parseType(pair.slice(comma + 1).trim());
  return { kind: "map", text: `Map(${key.text}, ${of.text})`, key, of };
}

/**
 * Reads a type as ClickHouse writes it. Known: (U)Int8..64, Float32/64, Bool, Enum8, Date, DateTime64(3), String,
 * LowCardinality, Nullable, Array, Map. Throws TypeError for any other.
 */
export function parseType(text: string): NativeType {
  if (isNumberType(text)) return { kind: "number", text, width: text };
  if (text === "UInt64" || text === "Int64" || /^DateTime64\(3(, '[\w/+-]+')?\)$/.test(text)) return { kind: "int64", text };
  if (text === "Bool") return { kind: "bool", text };
  if (text === "String") return { kind: "string", text };
  const members = argumentOf(text, "Enum8");
  if (members !== null) return parseEnum(text, members);
  const pair = argumentOf(text, "Map");
  const compound = pair === null ? parseWrapper(text) : parseMap(pair);
  if (compound === null) throw new TypeError(`expected a column type this encoder knows, got ${text.slice(0, 80)}`);
  return compound;
}
