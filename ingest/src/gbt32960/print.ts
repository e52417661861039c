/** A decoded frame in the shape `decode --raw` prints: snake_case keys, units last, sentinels as words. */

import type { Header } from "./frame.ts";
import type { FrameResult, Message } from "./message.ts";
import { isoSeconds } from "./time.ts";

export type Printed = Record<string, unknown>;

/** The printed object of a frame with a readable header; null for bytes that are no frame. */
export function printFrame(result: FrameResult): Printed | null {
  switch (result.kind) {
    case "message":
      return printMessage(result.message);
    case "bad_checksum":
      return printHeader(result.header);
    case "rejected":
      return null;
  }
}

/** Header and body in one object; values are exactly those of the field tables. */
export function printMessage({ header, body }: Message): Printed {
  const printed = printHeader(header);
  switch (body.kind) {
    case "report":
      return { ...printed, ...isoTimes(body.report) };
    case "command":
      return { ...printed, ...isoTimes(body.fields), ...restOf(body.restHex) };
    case "opaque":
      return { ...printed, ...(body.reason === undefined ? {} : { reason: body.reason }), ...restOf(body.restHex) };
  }
}

function printHeader(header: Header): Printed {
  return {
    version: header.edition,
    command: header.command,
    ack: header.ack,
    vin: header.vin,
    encryption: header.encryption,
    data_length: header.dataLength,
    bcc: hexByte(header.bcc),
    bcc_computed: hexByte(header.bccComputed),
    bcc_ok: header.bcc === header.bccComputed,
  };
}

const hexByte = (value: number): string => value.toString(16).toUpperCase().padStart(2, "0");
const restOf = (restHex: string): Printed => (restHex === "" ? {} : { rest_hex: restHex });

/** Times are kept as numbers until they are printed. */
function isoTimes(fields: object): Printed {
  return Object.fromEntries(
    Object.entries(fields).map(([key, reading]) => [
      key,
      key.endsWith("_utc") && typeof reading === "number" ? isoSeconds(reading) : reading,
    ]),
  );
}
