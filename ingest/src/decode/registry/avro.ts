import avro from "avsc";
import { isObject } from "../json.ts";
import { holdsWhole } from "./avroBounds.ts";
import type { CompiledSchema, FieldKind, RecordType, SchemaText } from "./compiled.ts";

const { Type, types } = avro;

/** Compiles an Avro schema; throws where it is none, or no record. Logical types stay the numbers they are. */
export function compileAvro({ schema, references }: SchemaText): CompiledSchema {
  const registry: Record<string, avro.Type> = {};
  const options = { registry, logicalTypes: {} };
  for (const reference of references) Type.forSchema(JSON.parse(reference.schema), options);
  const type = Type.forSchema(JSON.parse(schema), options);
  const name = type.name;
  if (!(type instanceof types.RecordType) || name === undefined) throw new Error("expected a record");
  const record: RecordType = { name, kindAt: (path) => kindAt(type, path) };
  return {
    format: "registry-avro",
    recordOf: (payload) => ({ record, body: payload }),
    read(_, body) {
      if (!holdsWhole(type, body)) return undefined;
      try {
        const fields: unknown = type.fromBuffer(body);
        return isObject(fields) ? fields : undefined;
      } catch {
        // A number beyond 2^53, or a member the enumeration does not have.
        return undefined;
      }
    },
  };
}

function kindAt(type: avro.Type, path: readonly string[]): FieldKind | undefined {
  const [step, ...rest] = path;
  if (type instanceof types.UnwrappedUnionType || type instanceof types.WrappedUnionType) {
    const branches = type.types.filter(({ typeName }: avro.Type) => typeName !== "null");
    return branches.map((branch: avro.Type) => kindAt(branch, path)).find((kind: FieldKind | undefined) => kind !== undefined);
  }
  if (step === undefined) return plainKind(type);
  if (!(type instanceof types.RecordType)) return undefined;
  const field = type.fields.find(({ name }) => name === step);
  return field === undefined ? undefined : kindAt(field.type, rest);
}

function plainKind(type: avro.Type): FieldKind {
  if (type instanceof types.ArrayType) return kindAt(type.itemsType, []) === "number" ? "number" : "other";
  switch (type.typeName) {
    case "int":
    case "long":
    case "float":
    case "double":
      return "number";
    case "string":
    case "enum":
      return "text";
    case "boolean":
      return "boolean";
    default:
      return "other";
  }
}
