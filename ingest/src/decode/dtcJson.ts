import type { Decoded, DtcReading, DtcStatus } from "@bellwether/contracts/sample";
import { z } from "zod";
import { type DecodeContext, rejected } from "./codec.ts";
import { readDtcAnswer, statusOfByte } from "./dtc/iso14229.ts";
import { type DiagnosticMessage, readDiagnosticMessage } from "./dtc/j1939.ts";
import { obdReadings, readingOfText } from "./dtc/j2012.ts";
import { dtcsToDecoded } from "./dtcsToDecoded.ts";
import { instantMs, isObject, vehicleOf } from "./json.ts";

/**
 * Trouble codes of one vehicle at one time, as a diagnostic gateway reads them:
 *
 * `{"vin": "...", "eventTime": "2026-01-02T00:00:00Z",
 *   "obd": {"confirmed": ["P0A80"], "pending": "0A7FC100", "permanent": []},
 *   "uds": [{"code": "P0A80-1F", "status": 9}, "U0100-87"],
 *   "j1939": {"dm1": "04FFA800120A", "dm2": "..."}}`
 *
 * `obd`: codes of services 03, 07 and 0A in text or as hex bytes. `uds`: codes with the ISO 14229 status byte, or the whole
 * answer `5902...` as hex. `j1939`: whole messages as hex. At least one of the three; `vin` may be left to the record's key,
 * `receivedTime` and `isReissue` are optional. Times as in our sample JSON.
 */
const hex = z.string().regex(/^([0-9A-Fa-f]{2})*$/, "expected pairs of hex digits");
const text = z.string().min(1).max(16);
const obdCodes = z.union([z.array(text).max(1000), hex]);
const eventSchema = z.strictObject({
  vin: z.string().optional(),
  eventTime: z.union([z.string(), z.number()]),
  receivedTime: z.union([z.string(), z.number()]).optional(),
  isReissue: z.boolean().optional(),
  obd: z.strictObject({ confirmed: obdCodes, pending: obdCodes, permanent: obdCodes }).partial().optional(),
  uds: z
    .union([hex, z.array(z.union([text, z.strictObject({ code: text, status: z.int().min(0).max(255).optional() })])).max(1000)])
    .optional(),
  j1939: z.strictObject({ dm1: hex, dm2: hex }).partial().optional(),
});
type DtcEvent = z.infer<typeof eventSchema>;

const KEYS = ["obd", "uds", "j1939"] as const;
/** What belonging to an OBD service says of a code. A permanent code is a confirmed one that a cleared memory keeps. */
const OBD_STATUS: Readonly<Record<"confirmed" | "pending" | "permanent", DtcStatus>> = {
  confirmed: { isConfirmed: true },
  pending: { isPending: true },
  permanent: { isConfirmed: true },
};
const OBD_STATES = ["confirmed", "pending", "permanent"] as const;

export function isDtcJson(json: unknown): boolean {
  return isObject(json) && KEYS.some((key) => typeof json[key] === "object" || typeof json[key] === "string");
}

export function decodeDtcJson(json: unknown, context: DecodeContext): readonly [Decoded] {
  const event = eventSchema.safeParse(json);
  if (!event.success) return [rejected("schema", describe(event.error))];
  return [decodeEvent(event.data, context)];
}

function describe({ issues: [issue] }: z.ZodError): string {
  return `expected a trouble-code event, got ${issue?.path.map((step) => String(step).slice(0, 32)).join(".") ?? ""}: ${issue?.message.slice(0, 120) ?? ""}`;
}

function decodeEvent(event: DtcEvent, context: DecodeContext): Decoded {
  const vin = vehicleOf(event.vin, context);
  if (typeof vin !== "string") return vin;
  const eventTimeMs = instantMs(event.eventTime);
  const receivedTimeMs = event.receivedTime === undefined ? context.receivedTimeMs : instantMs(event.receivedTime);
  if (eventTimeMs === undefined || receivedTimeMs === undefined) {
    return rejected("bad_time", "expected eventTime as ISO 8601 with an offset, or in ms since 1970");
  }
  const lists = [obdOf(event), udsOf(event), j1939Of(event)];
  const wrong = KEYS.find((_, i) => lists[i] === null);
  if (wrong !== undefined) return rejected("malformed", `expected whole codes in ${wrong}`);
  const origin = { vin, format: "dtc-json" as const, eventTimeMs, receivedTimeMs, isReissue: event.isReissue ?? false };
  return dtcsToDecoded(
    origin,
    lists.flatMap((list) => list ?? []),
  );
}

/** Every code once, with what all its services say of it. */
function obdOf({ obd }: DtcEvent): DtcReading[] | null {
  const readings = new Map<string, DtcReading>();
  for (const state of OBD_STATES) {
    const list = obdList(obd?.[state] ?? []);
    if (list === null) return null;
    for (const reading of list) {
      const known = readings.get(reading.code);
      readings.set(reading.code, { ...reading, status: { ...known?.status, ...OBD_STATUS[state] } });
    }
  }
  return [...readings.values()];
}

function obdList(codes: string | readonly string[]): DtcReading[] | null {
  return typeof codes === "string" ? obdReadings(Buffer.from(codes, "hex")) : readTexts(codes, "obd");
}

function readTexts(texts: readonly string[], system: DtcReading["system"]): DtcReading[] | null {
  const readings = texts.map(readingOfText).filter((reading) => reading?.system === system);
  return readings.length === texts.length ? readings.filter((reading) => reading !== null) : null;
}

function udsOf({ uds = [] }: DtcEvent): DtcReading[] | null {
  if (typeof uds === "string") return readDtcAnswer(Buffer.from(uds, "hex"));
  const entries = uds.map((entry) => (typeof entry === "string" ? { code: entry } : entry));
  const readings = readTexts(
    entries.map(({ code }) => code),
    "uds",
  );
  return readings?.map((reading, i) => withStatus(reading, entries[i]?.status)) ?? null;
}

function withStatus(reading: DtcReading, status: number | undefined): DtcReading {
  return status === undefined ? reading : { ...reading, status: statusOfByte(status) };
}

function j1939Of({ j1939 = {} }: DtcEvent): DtcReading[] | null {
  const messages = (["dm1", "dm2"] as const).map((kind) => readMessage(j1939[kind], kind));
  return messages.includes(null) ? null : messages.flatMap((readings) => readings ?? []);
}

function readMessage(bytes: string | undefined, kind: DiagnosticMessage): DtcReading[] | null {
  return bytes === undefined ? [] : readDiagnosticMessage(Buffer.from(bytes, "hex"), kind);
}
