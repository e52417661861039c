/** Prints how many frames a second the simulator makes: `tsx ingest/simulator/src/fleet.bench.ts [vehicles] [days]`. */
import { createFleet } from "./fleet.ts";

const vehicles = Number(process.argv[2] ?? 100);
const days = Number(process.argv[3] ?? 20);
const fleet = createFleet({ seed: 1, vehicles, startMs: Date.UTC(2026, 5, 1), days });

let frames = 0;
let bytes = 0;
const startedNs = process.hrtime.bigint();
for (let day = 0; day < days; day++) {
  for (const { frame } of fleet.framesOfDay(day)) {
    frames += 1;
    bytes += frame.length;
  }
}
const seconds = Number(process.hrtime.bigint() - startedNs) / 1e9;
const perDay = frames / vehicles / days;
process.stdout.write(
  `${frames} frames of ${Math.round(bytes / frames)} bytes in ${seconds.toFixed(2)} s: ` +
    `${Math.round(frames / seconds)} frames/s, ${Math.round(perDay)} frames per car and day\n`,
);
