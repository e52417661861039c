import type { OutgoingRecord } from "@bellwether/runtime/log/records";
import { createFleet } from "@bellwether/simulator/fleet";

/** Where a GB/T 32960 frame keeps its time (six bytes, Beijing), and where the bytes its check covers begin. */
const TIME_AT = 24;
const CHECK_FROM = 2;
const RUBBISH_BYTES = 20 * 1024 ** 2;

export interface BadRecords {
  /** Good frames and, between them, one record for every way to be bad. */
  readonly records: readonly OutgoingRecord[];
  readonly goodReports: number;
  /** How many records must be parked for each reason. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** Every kind of record a topic can bring that must be parked, with reports of one car around them that must land. */
export function badRecords(): BadRecords {
  const fleet = createFleet({ seed: 3, vehicles: 1, days: 1, startMs: Date.UTC(2026, 4, 1) });
  const reports = [...fleet.framesOfDay(0)].filter(({ frame }) => frame[CHECK_FROM] === 2).slice(0, 9);
  const good = reports.map(({ vin, frame }) => ({ key: vin, value: Buffer.from(frame) }));
  const [first] = good;
  if (first === undefined) throw new Error("the simulated car has sent nothing");
  const { key, value: frame } = first;
  const bad: OutgoingRecord[] = [
    { key, value: patched(frame, frame.length - 1, [(frame.at(-1) ?? 0) ^ 1]) },
    { key, value: patched(frame, 0, [0x25, 0x25]) },
    { key: "ANOTHER-CAR", value: frame },
    { key, value: resealed(patched(frame, TIME_AT, [90, 1, 1, 0, 0, 0])) },
    { key, value: resealed(patched(frame, TIME_AT, [0, 1, 1, 0, 0, 0])) },
    { key, value: Buffer.from(JSON.stringify({ vin: key, eventTime: "1970-01-01T00:00:00Z", speedKmh: 1 })) },
    { key, value: frame.subarray(0, 60) },
    { key, value: Buffer.alloc(RUBBISH_BYTES, 0xa5) },
  ];
  const records = good.flatMap((record, i) => [record, ...bad.slice(i, i + 1)]);
  const reasons = { bad_checksum: 1, unknown_format: 1, vin_mismatch: 1, time_in_future: 1, bad_time: 2, truncated: 1, too_large: 1 };
  return { records, goodReports: good.length, reasons };
}

function patched(frame: Buffer, at: number, bytes: readonly number[]): Buffer {
  const copy = Buffer.from(frame);
  copy.set(bytes, at);
  return copy;
}

/** The frame with the check byte its bytes ask for. */
function resealed(frame: Buffer): Buffer {
  const check = frame.subarray(CHECK_FROM, -1).reduce((sum, byte) => sum ^ byte, 0);
  return patched(frame, frame.length - 1, [check]);
}
