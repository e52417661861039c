import type { Rejection } from "@bellwether/contracts/sample";
import { rejected, type SchemaReader } from "../codec.ts";
import { compileAvro } from "./avro.ts";
import type { CompiledSchema, RecordType, SchemaText } from "./compiled.ts";
import { type FieldMap, pathsOf } from "./fieldMap.ts";
import { compileProtobuf } from "./protobuf.ts";
import { toSample } from "./toSample.ts";

/** The schemas known so far. Decoding is done in one go, so what a delivery needs is fetched before it is decoded (loader.ts). */
export interface Schemas extends SchemaReader {
  has(id: number): boolean;
  /** A schema of the registry; one that cannot be used is kept as the reason why. */
  add(id: number, text: SchemaText): void;
  /** Why records of this schema cannot be read, until it is forgotten. */
  refuse(id: number, detail: string): void;
  forget(id: number): void;
}

type Known = CompiledSchema | { readonly rejection: Rejection };

/** `maps` by the full name of their record. */
export function createSchemas(maps: ReadonlyMap<string, FieldMap>): Schemas {
  const known = new Map<number, Known>();
  const bound = new WeakMap<RecordType, FieldMap | Rejection>();

  function mapFor(id: number, record: RecordType): FieldMap | Rejection {
    const found = bound.get(record) ?? bind(id, record, maps.get(record.name));
    bound.set(record, found);
    return found;
  }

  return {
    has: (id) => known.has(id),
    add: (id, text) => void known.set(id, compile(id, text)),
    refuse: (id, detail) => void known.set(id, { rejection: { reason: "schema", detail } }),
    forget: (id) => void known.delete(id),
    decode(id, payload, context) {
      const schema = known.get(id);
      if (schema === undefined) return rejected("schema", `expected a schema of the registry, got id ${id}, which has not been looked up`);
      if ("rejection" in schema) return { kind: "rejected", rejection: schema.rejection };
      const found = schema.recordOf(payload);
      if (found === undefined) return rejected("malformed", `expected a message of schema ${id}, got an index it does not have`);
      const map = mapFor(id, found.record);
      if ("reason" in map) return { kind: "rejected", rejection: map };
      const fields = schema.read(found.record, found.body);
      if (fields === undefined)
        return rejected("malformed", `expected a record of schema ${id}, got ${payload.length} bytes that hold none`);
      return toSample(fields, map, schema.format, context);
    },
  };
}

function compile(id: number, text: SchemaText): Known {
  try {
    return text.type === "AVRO" ? compileAvro(text) : compileProtobuf(text);
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0]?.slice(0, 200) : "";
    return { rejection: { reason: "schema", detail: `expected schema ${id} to be an ${text.type} record, got: ${why}` } };
  }
}

/** A record's map, if the schema has what it reads: a field that was renamed or became a text would otherwise be lost in silence. */
function bind(id: number, { name, kindAt }: RecordType, map: FieldMap | undefined): FieldMap | Rejection {
  if (map === undefined) return { reason: "schema", detail: `expected a registry map for ${name} (schema ${id}), got none` };
  for (const { path, isNumber } of pathsOf(map)) {
    const kind = kindAt(path.split("."));
    if (kind === undefined) return incompatible(id, name, `field ${path}, which the map reads, got none`);
    if (isNumber && kind !== "number") return incompatible(id, name, `field ${path} as a number, got ${kind}`);
  }
  return map;
}

function incompatible(id: number, name: string, what: string): Rejection {
  return { reason: "schema", detail: `expected schema ${id} of ${name} to have ${what}` };
}
