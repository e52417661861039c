/** The registry map: which field of a registered record is which signal, as data; `ingest/registry` explains the form by examples. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BellwetherError } from "@bellwether/contracts/errors";
import { isSignalName, type SignalName, signalDefinition } from "@bellwether/contracts/signals";
import { parse } from "yaml";
import { z } from "zod";
import { UNITS } from "../../replay/map.ts";

export const TIME_FORMATS = ["epoch_s", "epoch_ms", "epoch_us", "iso", "timestamp"] as const;

const path = z.string().regex(/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/, "expected a field, or a path such as pack.voltage");

const conversion = {
  field: path,
  unit: z.enum(Object.keys(UNITS)).optional(),
  scale: z.number().optional(),
  offset: z.number().optional(),
  sentinels: z.array(z.number()).default([]).describe("raw numbers that mean missing"),
};

/** A bare path is short for an object with that field. */
const fieldOrPath = <S extends z.ZodType>(schema: S) =>
  z.preprocess((written) => (typeof written === "string" ? { field: written } : written), schema);

const signalSchema = fieldOrPath(
  z.strictObject({
    ...conversion,
    values: z
      .record(z.string(), z.union([z.string(), z.boolean()]))
      .optional()
      .describe("raw value to the signal's, for enums and booleans"),
  }),
);

const mapSchema = z
  .strictObject({
    record: z.string().min(1).describe("full name of the Avro record or Protobuf message"),
    vin: path.optional(),
    time: z.strictObject({ field: path, format: z.enum(TIME_FORMATS) }),
    isReissue: path.optional(),
    signals: z.record(z.string(), signalSchema).default({}),
    extra: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,63}$/), fieldOrPath(z.strictObject(conversion))).default({}),
  })
  .superRefine(({ signals }, context) => {
    for (const [name, { values = {} }] of Object.entries(signals)) {
      for (const problem of isSignalName(name) ? memberProblems(name, values) : ["expected a signal of the catalogue"]) {
        context.addIssue({ code: "custom", message: problem, path: ["signals", name] });
      }
    }
  });

export type FieldMap = z.infer<typeof mapSchema>;
export type FieldConversion = FieldMap["extra"][string];

/** Every map of a folder by the record it is for. Throws `config_invalid` for a file that is none, and for two of one record. */
export function loadFieldMaps(folder: URL | string): ReadonlyMap<string, FieldMap> {
  const base = typeof folder === "string" ? folder : fileURLToPath(folder);
  const maps = new Map<string, FieldMap>();
  for (const file of filesOf(base)) {
    const map = parseFieldMap(readFileSync(`${base}/${file}`, "utf8"), file);
    if (maps.has(map.record)) throw invalid(`${file}: expected one map of ${map.record}, got a second`);
    maps.set(map.record, map);
  }
  return maps;
}

/** Parses one map; `name` is for the messages. */
export function parseFieldMap(text: string, name: string): FieldMap {
  const map = mapSchema.safeParse(parseYaml(text, name));
  if (map.success) return map.data;
  const problems = map.error.issues.map((issue) => `${issue.path.join(".") || "map"}: ${issue.message}`);
  throw invalid(`${name}: ${problems.join("; ")}`);
}

/** Every path a map reads, with what is read as a number, and whether a list may stand there. */
export function pathsOf({ vin, time, isReissue, signals, extra }: FieldMap): readonly { path: string; isNumber: boolean }[] {
  const others = [vin, isReissue].flatMap((one) => (one === undefined ? [] : [{ path: one, isNumber: false }]));
  const read = [...Object.values(signals), ...Object.values(extra)];
  const numbers = read.map((one) => ({ path: one.field, isNumber: !("values" in one && one.values !== undefined) }));
  return [...others, { path: time.field, isNumber: time.format.startsWith("epoch") }, ...numbers];
}

function memberProblems(name: SignalName, values: Readonly<Record<string, string | boolean>>): readonly string[] {
  const { kind, values: members = [] } = signalDefinition(name);
  const isNamed = kind === "enum" || kind === "bool";
  if (!isNamed) return Object.keys(values).length === 0 ? [] : ["a number takes no values"];
  const isKnown = (value: string | boolean) => (kind === "bool" ? typeof value === "boolean" : members.includes(String(value)));
  const expected = kind === "bool" ? "true or false" : members.join(", ");
  return Object.values(values)
    .filter((value) => !isKnown(value))
    .map((value) => `expected ${expected}, got ${value}`);
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder).filter((file) => file.endsWith(".yaml"));
  } catch (cause) {
    throw invalid(`expected a folder of registry maps at ${folder}`, cause);
  }
}

function parseYaml(text: string, name: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw invalid(`${name}: expected YAML`, cause);
  }
}

function invalid(message: string, cause?: unknown): BellwetherError {
  return new BellwetherError("config_invalid", message, { retryable: false, cause });
}
