import { z } from "zod";

const SECRET_NAME = /password|secret|token|api_?key|credential/i;

const MS_PER_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const BYTES_PER_UNIT: Readonly<Record<string, number>> = { b: 1, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3, tib: 1024 ** 4 };

/** A TCP port to connect to or listen on; 0 lets the system choose. */
export function port() {
  return z.number().int().min(0).max(65_535).meta({ expected: "a port from 0 to 65535" });
}

/** A whole number within limits. */
export function count({ min = 0, max = Number.MAX_SAFE_INTEGER }: { min?: number; max?: number } = {}) {
  const limit = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  return z
    .number()
    .int()
    .min(min)
    .max(max)
    .meta({ expected: `a whole number ${limit}` });
}

/** A duration, in milliseconds or written `500ms`, `5s`, `2m`, `1h`, `30d`; the result is in milliseconds. */
export function durationMs({ min = 0, max = 366 * 86_400_000 }: { min?: number; max?: number } = {}) {
  const limits = z.number().min(min).max(max);
  return z
    .union([z.number(), scaledText(MS_PER_UNIT)])
    .pipe(limits)
    .meta({ expected: `a duration from ${min} ms to ${max} ms, such as 500ms, 5s, 2m, 1h or 30d` });
}

/** An amount of data, in bytes or written `64MiB`; the result is in bytes. */
export function byteSize({ min = 0, max = Number.MAX_SAFE_INTEGER }: { min?: number; max?: number } = {}) {
  return z
    .union([z.number(), scaledText(BYTES_PER_UNIT)])
    .pipe(z.number().int().min(min).max(max))
    .meta({ expected: `a size of at least ${min} bytes, such as 512KiB, 64MiB or 2GiB` });
}

/** A switch: `true`, `false`, `yes`, `no`, `on`, `off`, `1`, `0`. (zod's own coercion reads "false" as true.) */
export function flag() {
  return z.boolean().meta({ expected: "true or false" });
}

/** An http or https address. */
export function httpUrl() {
  return z.url({ protocol: /^https?$/ }).meta({ expected: "an address that starts with http:// or https://" });
}

/** Kafka bootstrap addresses, comma-separated `host:port`. */
export function brokerList() {
  return z
    .array(z.string().regex(/^[^\s:/]+:\d{1,5}$/))
    .min(1)
    .meta({ expected: "a comma-separated list of host:port" });
}

/** A secret: never printed, neither in errors nor in the start-up log. */
export function secret() {
  return z.string().min(1).meta({ expected: "a secret", isSecret: true });
}

export interface FieldDescription {
  readonly expected: string;
  readonly meaning: string;
  readonly fallback: unknown;
  readonly isRequired: boolean;
}

/** What a field takes, as written in its `meta` or derived from its type; wrappers (default, optional) are looked through. */
export function describeField(field: z.core.$ZodType): FieldDescription {
  const layers = layersOf(field);
  const core = layers.at(-1) ?? field;
  const withDefault = layers.find((layer) => layer instanceof z.ZodDefault || layer instanceof z.ZodPrefault);
  return {
    expected: metaText(layers, "expected") ?? expectedByType(core),
    meaning: metaText(layers, "description") ?? "",
    fallback: withDefault?.def.defaultValue,
    isRequired: !z.safeParse(field, undefined).success,
  };
}

/** Whether a field's value must not be shown: marked as `secret()`, or named like one. */
export function hidesValue(key: string, field: z.core.$ZodType): boolean {
  return SECRET_NAME.test(key) || layersOf(field).some((layer) => z.globalRegistry.get(layer)?.["isSecret"] === true);
}

/** Masks the password in every URL of a text. */
export function maskCredentials(text: string): string {
  return text.replaceAll(/(\/\/[^\s/:@]*):[^\s/@]*@/g, "$1:***@");
}

function layersOf(field: z.core.$ZodType): readonly z.core.$ZodType[] {
  if (field instanceof z.ZodOptional || field instanceof z.ZodNullable) return [field, ...layersOf(field.def.innerType)];
  if (field instanceof z.ZodDefault || field instanceof z.ZodPrefault) return [field, ...layersOf(field.def.innerType)];
  return [field];
}

function metaText(layers: readonly z.core.$ZodType[], name: string): string | undefined {
  const texts = layers.map((layer) => z.globalRegistry.get(layer)?.[name]);
  return texts.find((text) => typeof text === "string");
}

function expectedByType(field: z.core.$ZodType): string {
  if (field instanceof z.ZodEnum) return `one of ${field.options.join(", ")}`;
  if (field instanceof z.ZodNumber) return `a number${limitsOf(field)}`;
  if (field instanceof z.ZodBoolean) return "true or false";
  if (field instanceof z.ZodURL) return "a URL";
  if (field instanceof z.ZodString) return "text";
  return "";
}

function limitsOf(field: z.ZodNumber): string {
  const { minValue, maxValue } = field;
  const hasMin = minValue !== null && Number.isFinite(minValue) && minValue > Number.MIN_SAFE_INTEGER;
  const hasMax = maxValue !== null && Number.isFinite(maxValue) && maxValue < Number.MAX_SAFE_INTEGER;
  if (hasMin && hasMax) return ` from ${minValue} to ${maxValue}`;
  if (hasMin) return ` of at least ${minValue}`;
  return hasMax ? ` of at most ${maxValue}` : "";
}

function scaledText(factors: Readonly<Record<string, number>>) {
  return z
    .string()
    .regex(new RegExp(`^\\d+(\\.\\d+)?\\s*(${Object.keys(factors).join("|")})$`, "i"))
    .transform((text) => Number.parseFloat(text) * (factors[text.replace(/^[\d.\s]+/, "").toLowerCase()] ?? Number.NaN));
}
