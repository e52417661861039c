/**
 * Reports of the EMQX GB/T 32960 gateway: the frame's raw integers under names, sentinels included, edition untold.
 * They are written back into a data unit and read by the binary codec, so both forms of a report give the same sample.
 */
import type { Decoded, Sample } from "@bellwether/contracts/sample";
import { parseVin } from "@bellwether/contracts/vin";
import { ACK_COMMAND, COMMANDS, type Edition, ENCRYPTION_NONE, type Header } from "../gbt32960/frame.ts";
import { isEncrypted } from "../gbt32960/message.ts";
import { readReport } from "../gbt32960/report.ts";
import { type DecodeContext, rejected } from "./codec.ts";
import { writeDataUnit } from "./emqx/dataUnit.ts";
import { editionOf, editionOfLogin } from "./emqx/edition.ts";
import { CUSTOM_DATA } from "./emqx/items.ts";
import { commandName, reportToDecoded } from "./gbt32960.ts";
import { isObject, type JsonObject } from "./json.ts";

interface Envelope extends JsonObject {
  readonly Cmd: number;
  readonly Vin: string;
}

const FORMAT = "emqx-json";
const ENCRYPTION_MAX = 0xff;

export function isEmqxJson(json: unknown): json is Envelope {
  return isObject(json) && typeof json["Cmd"] === "number" && typeof json["Vin"] === "string";
}

/** What one payload of the gateway says. Of messages other than reports only their kind is kept, never what they hold (passwords). */
export function decodeEmqxJson(json: unknown, context: DecodeContext): readonly [Decoded] {
  return [isEmqxJson(json) ? decodeEnvelope(json, context) : rejected("schema", "expected Cmd and Vin")];
}

function decodeEnvelope(envelope: Envelope, context: DecodeContext): Decoded {
  const { Cmd: command, Vin: vin } = envelope;
  const encryption = encryptionOf(envelope["Encrypt"]);
  const data = envelope["Data"];
  if (command === COMMANDS.login && isObject(data) && !isEncrypted({ encryption })) remember(vin, editionOfLogin(data), context);
  if (command !== COMMANDS.report && command !== COMMANDS.reissue) {
    return { kind: "ignored", what: commandName({ command, ack: ACK_COMMAND }) };
  }
  if (isEncrypted({ encryption })) return rejected("encrypted", `expected an unencrypted data unit, got Encrypt ${encryption}`);
  if (!isObject(data)) return rejected("schema", "expected Data as an object");
  return decodeReport({ command, vin, encryption }, data, context);
}

/** Absent means none; what is no code at all is not trusted. */
function encryptionOf(code: unknown): number {
  if (code === undefined) return ENCRYPTION_NONE;
  return typeof code === "number" && code >= 0 && code <= ENCRYPTION_MAX ? code : ENCRYPTION_MAX;
}

function decodeReport(head: Pick<Header, "command" | "vin" | "encryption">, data: JsonObject, context: DecodeContext): Decoded {
  const infos: unknown = data["Infos"];
  if (!Array.isArray(infos) || !infos.every(isObject)) return rejected("schema", "expected Data.Infos as a list of objects");
  const edition = chooseEdition(head.vin, infos, context);
  if (typeof edition !== "number") return edition;
  const unit = writeDataUnit(data["Time"], infos, edition);
  if (unit.kind === "problem") return rejected("schema", `expected ${unit.detail}`);
  const report = readReport(unit.data, edition);
  if (report === null) return rejected("truncated", "expected a report with a time");
  const header = { ...head, edition, ack: ACK_COMMAND, dataLength: unit.data.length, bcc: 0, bccComputed: 0 };
  return withUnreadableFaults(reportToDecoded(header, report, context, FORMAT), unit.unreadableFaults);
}

/** By the payload's own marks, then by what the vehicle has shown before; never by a guess. */
function chooseEdition(
  vin: string,
  items: readonly JsonObject[],
  context: DecodeContext,
): Edition | Extract<Decoded, { kind: "rejected" }> {
  const marked = editionOf(items);
  if (marked === "contradictory") return rejected("schema", "expected items of one edition, got marks of both");
  if (marked !== null) {
    remember(vin, marked, context);
    return marked;
  }
  const known = context.options?.editions?.recall(vehicleKey(vin)) ?? (isMakerOnly(items) ? 2016 : undefined);
  return (
    known ?? rejected("unsupported_version", "expected a mark of the 2016 or 2025 edition, or an earlier one of this vehicle, got neither")
  );
}

/** Nothing but one maker's item, whose form is the same in both editions, so that nothing hangs on the edition. */
function isMakerOnly(items: readonly JsonObject[]): boolean {
  const [only] = items;
  if (only === undefined || items.length !== 1 || only["Type"] !== CUSTOM_DATA || typeof only["Data"] !== "string")
    return items.length === 0;
  const report = readReport(Buffer.concat([Buffer.alloc(6), Buffer.from(only["Data"], "base64")]), 2016);
  return report?.infos.every(({ name }) => name === "custom") ?? false;
}

function remember(vin: string, edition: Edition | null, { options }: DecodeContext): void {
  if (edition !== null && parseVin(vin) !== null) options?.editions?.note(vehicleKey(vin), edition);
}

const vehicleKey = (vin: string): string => parseVin(vin) ?? vin;

/** `extra.gbt_unreadable_faults`: the car raised them, the gateway could not print which. */
function withUnreadableFaults(decoded: Decoded, faults: number): Decoded {
  if (decoded.kind !== "samples" || faults === 0) return decoded;
  const samples = decoded.samples.map((sample): Sample => ({ ...sample, extra: { ...sample.extra, gbt_unreadable_faults: faults } }));
  return { kind: "samples", samples };
}
