import type { JsonObject } from "../json.ts";

/** What stands at a path of a record; a list of numbers counts as numbers. */
export type FieldKind = "number" | "text" | "boolean" | "time" | "other";

/** A schema as the registry holds it, with everything it refers to. */
export interface SchemaText {
  readonly type: "AVRO" | "PROTOBUF";
  readonly schema: string;
  /** By the name under which the schema imports them; what they import comes before them. */
  readonly references: readonly { readonly name: string; readonly schema: string }[];
}

/** One record or message of a schema. */
export interface RecordType {
  readonly name: string;
  /** Undefined where the schema has no such path. */
  readonly kindAt: (path: readonly string[]) => FieldKind | undefined;
}

/** A schema that bytes can be read by. None of the functions throws for any bytes. */
export interface CompiledSchema {
  readonly format: "registry-avro" | "registry-protobuf";
  /** The record that follows; undefined where the bytes name none. `body` is what holds it. */
  readonly recordOf: (payload: Buffer) => { readonly record: RecordType; readonly body: Buffer } | undefined;
  /** The record's fields; undefined where the bytes do not hold it. */
  readonly read: (record: RecordType, body: Buffer) => JsonObject | undefined;
}
