import type { Sample } from "@bellwether/contracts/sample";
import { decodeRecord } from "@bellwether/ingest/decode/codecs";
import { encodeSampleJson } from "@bellwether/ingest/decode/sampleJson";
import { encodeReport } from "@bellwether/ingest/gbt32960/encode";
import { blockCheck, ENVELOPE_BYTES, HEADER_BYTES, OFFSETS } from "@bellwether/ingest/gbt32960/frame";
import type { OutgoingRecord } from "@bellwether/runtime/log/records";

const CELLS = 96;
const PROBES = 24;
const VEHICLES = 500;
export const START_MS = Date.UTC(2026, 5, 1);
const CHINA_OFFSET_MS = 8 * 3_600_000;

/**
 * Full reports (vehicle, motor, position, extremes, alarm, 96 cells, 24 probes) of 500 cars, one per second and car.
 * Each car has its own frame; the time, the odometer and the check byte are written anew for every report.
 * A generator, because a hundred thousand records in memory would make the garbage collector part of what is measured.
 */
export function* createFrames(reports: number, firstSecond: number, vehicles = VEHICLES): Generator<OutgoingRecord> {
  const templates = Array.from({ length: vehicles }, (_, i) => templateFor(i));
  for (let i = 0; i < reports; i++) {
    const template = templates[i % vehicles];
    if (template === undefined) continue;
    yield { key: template.vin, value: stamped(template.frame, START_MS + (firstSecond + Math.floor(i / vehicles)) * 1000, i) };
  }
}

/** The same reports as sample JSON. */
export function* createJson(reports: number, firstSecond: number): Generator<OutgoingRecord> {
  const templates = Array.from({ length: VEHICLES }, (_, i) => sampleOf(templateFor(i).frame));
  for (let i = 0; i < reports; i++) {
    const template = templates[i % VEHICLES];
    if (template === undefined) continue;
    const eventTimeMs = START_MS + (firstSecond + Math.floor(i / VEHICLES)) * 1000;
    const values = { ...template.values, odometerKm: 10_000 + (i % 251) / 10 };
    yield { key: template.vin, value: encodeSampleJson({ ...template, eventTimeMs, receivedTimeMs: eventTimeMs, values }) };
  }
}

function templateFor(i: number): { readonly vin: string; readonly frame: Buffer } {
  const vin = `LBENCH${String(i).padStart(11, "0")}`;
  const values = {
    vehicleState: "started",
    chargeState: "not_charging",
    runMode: "electric",
    gear: "D",
    brakeOn: false,
    speedKmh: 42 + (i % 60),
    odometerKm: 10_000 + i,
    packVoltageV: 351.2,
    packCurrentA: 12.5,
    socPct: 20 + (i % 80),
    dcdcState: "working",
    insulationKohm: 5000,
    acceleratorPct: 12,
    brakePct: 0,
    motorControllerTempsC: [44],
    motorTempsC: [51],
    motorSpeedsRpm: [3200],
    motorTorquesNm: [41],
    longitudeDeg: 121.4,
    latitudeDeg: 31.2,
    cellVoltagesV: Array.from({ length: CELLS }, (_, cell) => 3.65 + ((cell * 7 + i) % 20) / 1000),
    cellVoltageMaxV: 3.669,
    cellVoltageMaxIndex: 3,
    cellVoltageMinV: 3.65,
    cellVoltageMinIndex: 1,
    probeTempsC: Array.from({ length: PROBES }, (_, probe) => 24 + (probe % 4)),
    probeTempMaxC: 27,
    probeTempMaxIndex: 4,
    probeTempMinC: 24,
    probeTempMinIndex: 1,
    alarmLevel: 0,
    alarmFlags: 0,
  } as const;
  const [frame] = encodeReport({ edition: 2016, vin, eventTimeMs: START_MS, values });
  if (frame === undefined) throw new Error("expected a frame");
  return { vin, frame };
}

/** A copy with another time; the odometer's low byte changes, so that no two frames are equal. */
function stamped(template: Buffer, eventTimeMs: number, i: number): Buffer {
  const frame = Buffer.from(template);
  const china = new Date(eventTimeMs + CHINA_OFFSET_MS);
  const time = [china.getUTCFullYear() - 2000, china.getUTCMonth() + 1, china.getUTCDate()];
  frame.set([...time, china.getUTCHours(), china.getUTCMinutes(), china.getUTCSeconds()], HEADER_BYTES);
  const odometerLow = HEADER_BYTES + 6 + 1 + 3 + 2 + 3;
  frame.writeUInt8(i % 251, odometerLow);
  frame.writeUInt8(blockCheck(frame, OFFSETS.command, frame.length - 1), frame.readUInt16BE(OFFSETS.dataLength) + ENVELOPE_BYTES - 1);
  return frame;
}

function sampleOf(frame: Buffer): Sample {
  const [decoded] = decodeRecord(frame, { receivedTimeMs: START_MS, bytesMax: frame.length });
  if (decoded?.kind !== "samples" || decoded.samples[0] === undefined) throw new Error("expected a report");
  return decoded.samples[0];
}
