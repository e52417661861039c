import { readFile } from "node:fs/promises";
import { BellwetherError } from "@bellwether/contracts/errors";
import { isSignalName, type SignalDefinition, signalDefinition } from "@bellwether/contracts/signals";
import { IANAZone } from "luxon";
import { parse as parseYaml } from "yaml";
import { z } from "zod";

/**
 * The recording map: which column of a CSV file is which signal. A raw number becomes
 * `(absolute ? |raw| : raw) converted from its unit × scale + offset`, in the signal's canonical unit.
 */

/** Units of sources that are not the catalogue's: to canonical by `× scale + offset`. */
export const UNITS = {
  degF: { scale: 5 / 9, offset: -160 / 9 },
  psi: { scale: 6.894757, offset: 0 },
  bar: { scale: 100, offset: 0 },
  mV: { scale: 0.001, offset: 0 },
  mile: { scale: 1.609344, offset: 0 },
  W: { scale: 0.001, offset: 0 },
} as const;

const sentinels = z.array(z.union([z.number(), z.string()])).describe("raw values that mean missing");

const conversion = {
  unit: z.enum(Object.keys(UNITS)).optional(),
  scale: z.number().optional(),
  offset: z.number().optional(),
  absolute: z.boolean().optional(),
  sentinels: sentinels.optional(),
  optional: z.boolean().optional().describe("the file may lack the column"),
};

const signalName = z
  .string()
  .refine(isSignalName, { error: ({ input }) => `expected a signal of the catalogue, got ${JSON.stringify(input)}`, abort: true });

const columnSchema = z
  .strictObject({
    signal: signalName,
    ...conversion,
    values: z
      .record(z.string(), z.union([z.string(), z.boolean()]))
      .optional()
      .describe("raw value to the signal's value, for enums and booleans"),
  })
  .superRefine((column, context) => {
    for (const problem of problemsOf(signalDefinition(column.signal), column.values)) context.addIssue(problem);
  });

/** A bare name is short for an object with that signal; read as one schema, so that a problem is named and not "no alternative fits". */
const columnOrName = z
  .preprocess((written) => (typeof written === "string" ? { signal: written } : written), columnSchema)
  .describe("a signal's name, or an object with signal, unit, scale, offset, absolute, sentinels, values, optional");

const listSchema = z.strictObject({
  signal: signalName.refine(
    (name) => isSignalName(name) && signalDefinition(name).kind === "float32[]",
    "expected a signal that is a list",
  ),
  pattern: z.string().refine((pattern) => pattern.split("{n}").length === 2, "expected one {n} for the element's number, counted from 1"),
  ...conversion,
  offsetFit: z
    .strictObject({
      candidates: z.array(z.strictObject({ offset: z.number(), sentinels: sentinels.optional() })).min(1),
      lowest: z.string(),
      highest: z.string(),
      tolerance: z.number().nonnegative(),
    })
    .optional()
    .describe("the offset that puts the list's median between two columns; rows where none does lose the list"),
});

const conditionSchema = z.strictObject({
  column: z.string(),
  below: z.number().optional(),
  above: z.number().optional(),
  equals: z.union([z.number(), z.string()]).optional(),
});

const mapSchema = z.strictObject({
  format: z.literal("csv"),
  delimiter: z.string().length(1).default(","),
  time: z.strictObject({
    column: z.string(),
    format: z.string().describe("epoch_s, epoch_ms, iso, or a pattern of luxon such as yyyy-MM-dd HH:mm:ss"),
    zone: z
      .string()
      .refine((zone) => IANAZone.isValidZone(zone), {
        error: ({ input }) => `expected an IANA time zone such as Asia/Shanghai, got ${JSON.stringify(input)}`,
      })
      .default("UTC"),
  }),
  columns: z.record(z.string(), columnOrName).default({}),
  lists: z.array(listSchema).default([]),
  extra: z.record(z.string(), z.union([z.string(), z.strictObject({ name: z.string(), ...conversion })])).default({}),
  ignoreWhen: z.array(conditionSchema).default([]),
});

export type RecordingMap = z.infer<typeof mapSchema>;
export type ListMap = RecordingMap["lists"][number];
export type Condition = RecordingMap["ignoreWhen"][number];
/** What all kinds of columns share. */
export type Conversion = Omit<z.infer<typeof columnSchema>, "signal" | "values">;

/** Reads a map file. Throws `input_unreadable` when it is not there, `config_invalid` listing every problem in it. */
export async function loadRecordingMap(file: string): Promise<RecordingMap> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new BellwetherError("input_unreadable", `${file}: expected a readable map file`, { retryable: false, cause });
  });
  return parseRecordingMap(text, file);
}

/** Parses a map; `name` is for the messages. */
export function parseRecordingMap(text: string, name: string): RecordingMap {
  const map = mapSchema.safeParse(parseYamlOrThrow(text, name));
  if (map.success) return map.data;
  const problems = map.error.issues.map((issue) => `${issue.path.join(".") || "map"}: ${issue.message}`);
  throw new BellwetherError("config_invalid", `${name}: ${problems.join("; ")}`, { retryable: false });
}

function parseYamlOrThrow(text: string, name: string): unknown {
  try {
    return parseYaml(text);
  } catch (cause) {
    const [line] = cause instanceof Error ? cause.message.split("\n") : [];
    throw new BellwetherError("config_invalid", `${name}: expected YAML, got: ${line ?? "something else"}`, { retryable: false, cause });
  }
}

function problemsOf(
  { kind, values: members = [] }: SignalDefinition,
  values: Readonly<Record<string, string | boolean>> | undefined,
): string[] {
  if (kind === "float32[]") return ["a list signal belongs under lists, with a pattern"];
  const isNamed = kind === "enum" || kind === "bool";
  if (!isNamed) return values === undefined ? [] : ["a number takes no values"];
  if (values === undefined) return [`expected values, from raw value to ${kind === "bool" ? "true or false" : members.join(", ")}`];
  const isKnown = (value: string | boolean) => (kind === "bool" ? typeof value === "boolean" : members.includes(String(value)));
  return Object.values(values)
    .filter((value) => !isKnown(value))
    .map((value) => `expected ${kind === "bool" ? "true or false" : members.join(", ")}, got ${value}`);
}
