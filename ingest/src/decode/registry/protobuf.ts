import protobuf from "protobufjs";
import { isObject } from "../json.ts";
import type { CompiledSchema, FieldKind, RecordType, SchemaText } from "./compiled.ts";

/** Enumerations as their names; what proto3 leaves out because it is 0 is 0, what is optional and absent stays absent. */
const AS_OBJECT = { enums: String, longs: Number, defaults: true } as const;
const NUMBERS = /^(double|float|u?int(32|64)|sint(32|64)|s?fixed(32|64))$/;
const TIMESTAMP = ".google.protobuf.Timestamp";
const INDEXES_MAX = 16;

/** Compiles a Protobuf schema; throws where it is none. The bytes in front of a message say which of the file's messages it is. */
export function compileProtobuf({ schema, references }: SchemaText): CompiledSchema {
  const root = new protobuf.Root();
  const parsed = protobuf.parse(schema, root, { keepCase: true });
  const file = parsed.package === undefined ? root : root.lookup(parsed.package);
  // Before the references are read: they may add messages to the same package, which the indexes do not count.
  const messages = file instanceof protobuf.Namespace ? messagesOf(file) : [];
  for (const reference of references) protobuf.parse(reference.schema, root, { keepCase: true });
  for (const name of [...(parsed.imports ?? []), ...(parsed.weakImports ?? [])]) addCommon(root, name);
  root.resolveAll();
  const records = new Map<protobuf.Type, RecordType & { readonly type: protobuf.Type }>();
  const recordFor = (type: protobuf.Type) => {
    const known = records.get(type) ?? { type, name: type.fullName.slice(1), kindAt: (path: readonly string[]) => kindAt(type, path) };
    records.set(type, known);
    return known;
  };
  return {
    format: "registry-protobuf",
    recordOf(payload) {
      const found = messageAt(messages, payload);
      return found === undefined ? undefined : { record: recordFor(found.type), body: found.body };
    },
    read(record, body) {
      const type = [...records.values()].find((known) => known === record)?.type;
      try {
        const fields: unknown = type?.toObject(type.decode(body), AS_OBJECT);
        return isObject(fields) ? fields : undefined;
      } catch {
        return undefined;
      }
    },
  };
}

function messagesOf(namespace: protobuf.Namespace): readonly protobuf.Type[] {
  return namespace.nestedArray.filter((one) => one instanceof protobuf.Type);
}

/** The well-known types come with the library. */
function addCommon(root: protobuf.Root, name: string): void {
  const nested = protobuf.common.get(name)?.nested;
  if (nested !== undefined) root.addJSON(nested);
}

/** Confluent's message indexes: their number and each of them as zigzag varints; a lone 0 is short for the first message. */
function messageAt(messages: readonly protobuf.Type[], payload: Buffer): { type: protobuf.Type; body: Buffer } | undefined {
  try {
    const reader = protobuf.Reader.create(payload);
    const count = reader.sint32();
    if (count < 0 || count > INDEXES_MAX) return undefined;
    const indexes = count === 0 ? [0] : Array.from({ length: count }, () => reader.sint32());
    let level = messages;
    let type: protobuf.Type | undefined;
    for (const index of indexes) {
      type = level[index];
      if (type === undefined) return undefined;
      level = messagesOf(type);
    }
    return type === undefined ? undefined : { type, body: payload.subarray(reader.pos) };
  } catch {
    return undefined;
  }
}

function kindAt(type: protobuf.Type, path: readonly string[]): FieldKind | undefined {
  const [step, ...rest] = path;
  const field = step === undefined ? undefined : type.fields[step];
  if (field === undefined) return undefined;
  const { resolvedType } = field;
  if (rest.length > 0) return resolvedType instanceof protobuf.Type && !field.repeated ? kindAt(resolvedType, rest) : undefined;
  if (resolvedType instanceof protobuf.Enum) return "text";
  if (resolvedType !== null) return resolvedType.fullName === TIMESTAMP ? "time" : "other";
  if (NUMBERS.test(field.type)) return "number";
  return field.type === "bool" ? "boolean" : field.type === "string" ? "text" : "other";
}
