import { type Decoded, DTC_SYSTEMS, type DtcReading, type DtcStatus, type Sample } from "@bellwether/contracts/sample";
import { isSignalName, SIGNAL_NAMES, type SignalDefinition, type SignalValues, signalDefinition } from "@bellwether/contracts/signals";
import { parseVin } from "@bellwether/contracts/vin";
import { z } from "zod";
import { type DecodeContext, rejected } from "./codec.ts";
import { instantMs } from "./json.ts";

/**
 * Our own payload format: one JSON object per report.
 *
 * `{"vin": "...", "eventTime": "2026-01-02T00:00:00Z", "packVoltageV": 351.2, "cellVoltagesV": [3.96, null], ...}`
 *
 * `eventTime` is ISO 8601 with an offset, or ms since 1970 UTC. Optional: `receivedTime` (same forms), `isReissue`,
 * every signal of the catalogue by its name and in its unit, `dtcs` (`[{system, code, level?}]`) and `extra`
 * (numbers without a signal, by the source's own name). `null` means missing. Unknown keys are rejected, because
 * a mistyped signal would otherwise be lost in silence.
 */

const BYTES_PER_TEXT_MAX = 200;
const DETAILS_MAX = 3;

/** z.array(z.number()) costs three times as much as the rest of a report (measured), so arrays are checked by hand. */
const numberList = z.custom<readonly (number | null)[]>(isNumberList, "expected an array of numbers and nulls");

const shortText = z.string().min(1).max(BYTES_PER_TEXT_MAX);
const instant = z.union([z.string(), z.number()]);
const dtcSchema = z.strictObject({
  system: z.enum(DTC_SYSTEMS),
  code: shortText,
  level: z.int().min(0).max(255).optional(),
  status: z
    .strictObject({
      isActive: z.boolean().optional(),
      isPending: z.boolean().optional(),
      isConfirmed: z.boolean().optional(),
      isLampOn: z.boolean().optional(),
    })
    .optional(),
  failureType: z.int().min(0).max(255).optional(),
  occurrences: z.int().min(0).optional(),
});

const reportSchema = z.strictObject({
  ...Object.fromEntries(SIGNAL_NAMES.map((name) => [name, signalSchema(signalDefinition(name)).nullish()])),
  vin: z.string().optional(),
  eventTime: instant.optional(),
  receivedTime: instant.nullish(),
  isReissue: z.boolean().nullish(),
  dtcs: z.array(dtcSchema).max(10_000).nullish(),
  extra: z.record(shortText, z.number().nullable()).nullish(),
});

/** Decodes one report, already parsed. Never throws; what is wrong with it comes back as the rejection's detail. */
export function decodeSampleJson(json: unknown, context: DecodeContext): readonly [Decoded] {
  return [decodeReport(json, context)];
}

function decodeReport(json: unknown, context: DecodeContext): Decoded {
  const report = reportSchema.safeParse(json);
  if (!report.success) return rejected("schema", describeIssues(report.error.issues));
  const { vin: vinText, eventTime, receivedTime, isReissue, dtcs, extra, ...values } = report.data;
  const vin = parseVin(vinText ?? "");
  if (vin === null) return rejected("bad_vin", "expected vin to hold 1 to 32 letters, digits, _ or -");
  const eventTimeMs = instantMs(eventTime);
  const receivedTimeMs = receivedTime == null ? context.receivedTimeMs : instantMs(receivedTime);
  if (eventTimeMs === undefined || receivedTimeMs === undefined) {
    return rejected("bad_time", "expected eventTime as ISO 8601 with an offset, or in ms since 1970");
  }
  dropNulls(values);
  if (!isSignalValues(values)) return rejected("schema", "expected signals of the catalogue only");
  const sample: Sample = {
    vin,
    eventTimeMs,
    receivedTimeMs,
    format: "sample-json",
    isReissue: isReissue ?? false,
    part: 0,
    values,
    ...(extra == null ? {} : { extra: withoutNulls(extra) }),
    dtcs: (dtcs ?? []).map(withoutUndefined),
    quality: [],
  };
  return { kind: "samples", samples: [sample] };
}

/**
 * The report as our JSON, whole: decoding gives the sample back.
 * Quality marks are not carried (the values they are about are already missing), nor are parts of a split report.
 */
export function encodeSampleJson(sample: Sample): Buffer {
  const { vin, eventTimeMs, receivedTimeMs, isReissue, values, dtcs, extra } = sample;
  const report = {
    vin,
    eventTime: eventTimeMs,
    receivedTime: receivedTimeMs,
    ...(isReissue ? { isReissue } : {}),
    ...values,
    ...(dtcs.length === 0 ? {} : { dtcs }),
    ...(extra === undefined ? {} : { extra }),
  };
  return Buffer.from(JSON.stringify(report));
}

function signalSchema({ kind, values }: SignalDefinition): z.ZodType {
  switch (kind) {
    case "float32[]":
      return numberList;
    case "bool":
      return z.boolean();
    case "enum":
      return z.enum(values ?? []);
    case "uint8":
    case "uint16":
    case "uint32":
      return z.int();
    case "float32":
    case "float64":
      return z.number();
  }
}

function isNumberList(candidate: unknown): candidate is readonly (number | null)[] {
  if (!Array.isArray(candidate)) return false;
  return candidate.every((element) => element === null || (typeof element === "number" && Number.isFinite(element)));
}

type Dtc = z.infer<typeof dtcSchema>;

/** What the schema calls optional it also lets be undefined, which a reading never is. JSON drops it, and has none to begin with. */
function withoutUndefined({ system, code, level, status, failureType, occurrences }: Dtc): DtcReading {
  return {
    system,
    code,
    ...(level === undefined ? {} : { level }),
    ...(status === undefined ? {} : { status: statusOf(status) }),
    ...(failureType === undefined ? {} : { failureType }),
    ...(occurrences === undefined ? {} : { occurrences }),
  };
}

function statusOf({ isActive, isPending, isConfirmed, isLampOn }: NonNullable<Dtc["status"]>): DtcStatus {
  return {
    ...(isActive === undefined ? {} : { isActive }),
    ...(isPending === undefined ? {} : { isPending }),
    ...(isConfirmed === undefined ? {} : { isConfirmed }),
    ...(isLampOn === undefined ? {} : { isLampOn }),
  };
}

function dropNulls(values: Record<string, unknown>): void {
  for (const name in values) if (values[name] == null) delete values[name];
}

function withoutNulls(extra: Readonly<Record<string, number | null>>): Record<string, number> {
  const kept: Record<string, number> = {};
  for (const [name, reading] of Object.entries(extra)) if (reading !== null) kept[name] = reading;
  return kept;
}

/** The schema has checked what each signal holds; this says that nothing but signals is left. */
function isSignalValues(values: Record<string, unknown>): values is SignalValues {
  return Object.keys(values).every(isSignalName);
}

function describeIssues(issues: readonly z.core.$ZodIssue[]): string {
  const lines = issues.slice(0, DETAILS_MAX).map((issue) => {
    if (issue.code === "unrecognized_keys") return `unknown key ${issue.keys.slice(0, DETAILS_MAX).map(quoted).join(", ")}`;
    return `${issue.path.map((step) => String(step).slice(0, BYTES_PER_TEXT_MAX)).join(".")}: ${issue.message}`;
  });
  const more = issues.length > DETAILS_MAX ? `; and ${issues.length - DETAILS_MAX} more` : "";
  return `expected catalogue signals, got ${lines.join("; ")}${more}`;
}

function quoted(key: string): string {
  return JSON.stringify(key.slice(0, BYTES_PER_TEXT_MAX));
}
