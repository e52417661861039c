/** How many reports per second one core decodes. Run: npx tsx ingest/src/gbt32960/decode.bench.ts */
import { frameToDecoded } from "../decode/gbt32960.ts";
import { encodeReport } from "./encode.ts";
import { decodeFrame } from "./message.ts";
import { printFrame } from "./print.ts";

const CELLS = 96;
const PROBES = 24;
const ROUNDS = 60;
const FRAMES_PER_ROUND = 3000;

function frames(edition: 2016 | 2025): Buffer[] {
  return Array.from({ length: 64 }, (_, i) =>
    encodeReport({
      edition,
      vin: "LTEST00000000001X",
      eventTimeMs: Date.UTC(2026, 0, 2) + i * 10_000,
      values: {
        vehicleState: "started",
        chargeState: "not_charging",
        runMode: "electric",
        gear: "D",
        speedKmh: 50 + i / 10,
        odometerKm: 12_345.6,
        packVoltageV: 350.2,
        packCurrentA: 20.5,
        socPct: 80,
        dcdcState: "working",
        insulationKohm: 5000,
        acceleratorPct: 20,
        brakePct: 0,
        motorControllerTempsC: [45],
        motorTempsC: [60],
        motorSpeedsRpm: [5000 + i],
        motorTorquesNm: [80.5],
        longitudeDeg: 120.009633,
        latitudeDeg: 30.344348,
        cellVoltageMaxV: 3.95,
        cellVoltageMaxIndex: 3,
        cellVoltageMinV: 3.9,
        cellVoltageMinIndex: 82,
        probeTempMaxC: 31,
        probeTempMaxIndex: 2,
        probeTempMinC: 28,
        probeTempMinIndex: 9,
        alarmLevel: 0,
        alarmFlags: 0,
        cellVoltagesV: Array.from({ length: CELLS }, (_cell, cell) => 3.9 + ((cell * 7 + i) % 50) / 1000),
        probeTempsC: Array.from({ length: PROBES }, (_probe, probe) => 25 + ((probe + i) % 8)),
      },
    }),
  ).flat();
}

/** About as much JSON as a report of this size makes: tells a slow decoder from a busy machine. */
const REFERENCE_JSON = JSON.stringify({ cellVoltagesV: Array.from({ length: 150 }, (_, i) => 3.9 + i / 1000) });

/** Best time per frame of each task in us; the tasks take turns, so that load hits all of them. */
function measure(tasks: ReadonlyMap<string, (frame: Buffer) => unknown>, input: readonly Buffer[]): Map<string, number> {
  const best = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of tasks) {
      const start = process.hrtime.bigint();
      for (let i = 0; i < FRAMES_PER_ROUND; i++) {
        const frame = input[i % input.length];
        if (frame !== undefined) run(frame);
      }
      const frameUs = Number(process.hrtime.bigint() - start) / 1000 / FRAMES_PER_ROUND;
      best.set(name, Math.min(best.get(name) ?? frameUs, frameUs));
    }
  }
  return best;
}

for (const edition of [2016, 2025] as const) {
  const input = frames(edition);
  const tasks = new Map<string, (frame: Buffer) => unknown>([
    ["JSON.parse (reference)", () => JSON.parse(REFERENCE_JSON)],
    ["decodeFrame", decodeFrame],
    ["decodeFrame + printFrame", (frame) => printFrame(decodeFrame(frame))],
    ["frameToDecoded (sample)", (frame) => frameToDecoded(frame, { receivedTimeMs: 0 })],
  ]);
  process.stdout.write(`${edition}: ${input[0]?.length ?? 0} bytes, ${CELLS} cells, ${PROBES} probes\n`);
  for (const [name, frameUs] of measure(tasks, input)) {
    process.stdout.write(`  ${name.padEnd(26)} ${frameUs.toFixed(2)} us, ${Math.round(1e6 / frameUs).toLocaleString("en")}/s\n`);
  }
}
