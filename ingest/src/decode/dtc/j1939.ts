/** Diagnostic messages of heavy vehicles (SAE J1939-73): DM1 active codes, DM2 stored ones. Two lamp bytes, then four bytes per code. */
import type { DtcReading, DtcStatus } from "@bellwether/contracts/sample";

export type DiagnosticMessage = "dm1" | "dm2";

const LAMP_BYTES = 2;
const CODE_BYTES = 4;
/** A CAN frame is filled up to eight bytes. */
const FILLER = 0xff;
const OCCURRENCES_UNKNOWN = 127;
const SPN_UNUSED = 0x7ffff;
/** Two bits each in the first byte, from the lowest; the level is that of GB/T alarms: 3 stop at once, 2 limit driving. */
const LAMPS = [
  { shift: 0, level: 1 },
  { shift: 2, level: 2 },
  { shift: 4, level: 3 },
  { shift: 6, level: 1 },
] as const;
const LAMP_ON = 1;
const LAMP_OFF = 0;

/** The codes of a message; null where the bytes are no whole codes. The lamps are the message's, so all its codes share them. */
export function readDiagnosticMessage(bytes: Buffer, kind: DiagnosticMessage): DtcReading[] | null {
  if (bytes.length < LAMP_BYTES) return null;
  const lamps = readLamps(bytes.readUInt8(0));
  const status: DtcStatus = { isActive: kind === "dm1", ...(kind === "dm2" ? { isConfirmed: true } : {}), ...lamps.status };
  const readings: DtcReading[] = [];
  for (let at = LAMP_BYTES; at < bytes.length; at += CODE_BYTES) {
    const rest = bytes.subarray(at);
    if (rest.every((byte) => byte === FILLER)) break;
    if (rest.length < CODE_BYTES) return null;
    const reading = readCode(rest);
    if (reading !== null) readings.push({ ...reading, ...lamps.level, status });
  }
  return readings;
}

function readLamps(lamps: number): { readonly status: DtcStatus; readonly level: { readonly level?: number } } {
  const states = LAMPS.map(({ shift, level }) => ({ state: (lamps >> shift) & 0b11, level }));
  const on = states.filter(({ state }) => state === LAMP_ON);
  if (on.length > 0) return { status: { isLampOn: true }, level: { level: Math.max(...on.map(({ level }) => level)) } };
  return { status: states.some(({ state }) => state === LAMP_OFF) ? { isLampOn: false } : {}, level: {} };
}

/**
 * Null for "no code". With conversion bit 1 the number follows one of three older layouts that the message does not name,
 * so the bytes are kept instead of a wrong number; the failure mode is the same in all.
 */
function readCode(bytes: Buffer): DtcReading | null {
  const [low = 0, middle = 0, high = 0, tail = 0] = bytes;
  const spn = low | (middle << 8) | ((high >> 5) << 16);
  const failureMode = high & 0x1f;
  if ((spn === 0 && failureMode === 0) || (spn === SPN_UNUSED && failureMode === 0x1f)) return null;
  const occurrences = tail & 0x7f;
  const name = (tail & 0x80) === 0 ? `SPN ${spn}` : `SPN? ${bytes.toString("hex", 0, 3).toUpperCase()}`;
  return {
    system: "j1939",
    code: `${name} FMI ${failureMode}`,
    failureType: failureMode,
    ...(occurrences === OCCURRENCES_UNKNOWN ? {} : { occurrences }),
  };
}
