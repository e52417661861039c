/**
 * `npm run bench:detectors [vehicles]`: what each detector costs per vehicle and night, over histories as long as the engine keeps,
 * and what the whole set would take for 100,000 vehicles on two cores. Feature SQL and the store are not in it.
 */
import type { VehicleView } from "@bellwether/analytics/detectors/detector";
import { DETECTORS } from "@bellwether/analytics/detectors/detectors";
import type { CellDay } from "@bellwether/analytics/features/cellDaily";
import type { ChargingSession } from "@bellwether/analytics/features/chargingSession";
import { FAMILIES } from "@bellwether/analytics/features/families";
import type { DayFeatures } from "@bellwether/analytics/features/family";
import { NO_PEERS } from "@bellwether/analytics/fleet/peers";
import { createRandom, type Random } from "@bellwether/simulator/random";

const VEHICLES = Number(process.argv[2] ?? 40);
const DAYS = 150;
const CELL_DAYS = 70;
const CELLS = 96;
const FLEET = 100_000;
const CORES = 2;
const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 1);
const LOADS = ["rest", "charge", "drive"] as const;

/** Usual values by feature; others stand around 10, which no detector finds remarkable or all judge alike. */
const USUAL: Readonly<Record<string, readonly [mean: number, sd: number]>> = {
  "tyre/coldFlKpa": [250, 1],
  "tyre/coldFrKpa": [251, 1],
  "tyre/coldRlKpa": [249, 1],
  "tyre/coldRrKpa": [252, 1],
  "tyre/relativeFlKpa": [0, 0.6],
  "tyre/relativeFrKpa": [0.5, 0.6],
  "tyre/relativeRlKpa": [-1, 0.6],
  "tyre/relativeRrKpa": [1.5, 0.6],
  "aux/restV": [12.7, 0.02],
  "aux/minV": [12.45, 0.05],
  "aux/firstV": [12.65, 0.02],
  "aux/lastV": [12.68, 0.02],
  "aux/firstH": [1, 0],
  "aux/lastH": [21, 0],
  "aux/recharges": [0, 0],
  "driveHeat/motorRiseK": [25, 1],
  "driveHeat/controllerRiseK": [18, 1],
  "driveHeat/coolantRiseK": [9, 1],
  "charger/efficiencyWeakPct": [87, 0.5],
  "charger/efficiencyStrongPct": [91, 0.5],
  "converter/railColdV": [14.3, 0.03],
  "converter/railMildV": [14.1, 0.03],
  "converter/railWarmV": [13.9, 0.03],
  "converter/railV": [14.1, 0.03],
  "chargeStops/acCharges": [1, 0],
  "chargeStops/acStopped": [0, 0],
  "chargeStops/dcCharges": [1, 0],
  "chargeStops/dcStopped": [0, 0],
  "rolling/gpsKm": [60, 0],
  "rolling/odoKm": [60.5, 0.05],
};

const day = (i: number): string => new Date(START_MS + i * DAY_MS).toISOString().slice(0, 10);

function viewOf(seed: number): VehicleView {
  const random = createRandom(seed + 1);
  const daily = Object.fromEntries(
    FAMILIES.map(({ id, features }) => [id, Array.from({ length: DAYS }, (_, i) => dayOf(random, id, Object.keys(features), i))]),
  );
  const dayStartMs = START_MS + (DAYS - 1) * DAY_MS;
  return {
    vin: `BENCH${seed}`,
    day: day(DAYS - 1),
    dayStartMs,
    dayEndMs: dayStartMs + DAY_MS,
    lastDataMs: dayStartMs + DAY_MS - 1,
    series: { cellDays: cellDays(random), sessions: sessions(random), daily },
    master: { model: "bench", chemistry: "NCM", nominalAh: 145 },
    peerBaselineAh: 143,
    ownBaselineAh: 142,
    lastHealthDay: null,
    openSources: new Set(),
    health: null,
    fadeFleet: null,
    peers: NO_PEERS,
  };
}

function dayOf(random: Random, family: string, names: readonly string[], i: number): DayFeatures {
  const values = names.map((name): [string, number] => {
    if (name === "odometerKm") return [name, 20_000 + 42 * i];
    if (name.startsWith("pad")) return [name, 40 + 0.05 * i + random.normal(0, 0.8)];
    const [mean, sd] = USUAL[`${family}/${name}`] ?? [10, 1];
    return [name, mean + sd * random.normal(0, 1)];
  });
  return { day: day(i), samples: 120, values: Object.fromEntries(values) };
}

function cellDays(random: Random): CellDay[] {
  const perCell = (of: () => number): number[] => Array.from({ length: CELLS }, of);
  return Array.from({ length: CELL_DAYS }, (_, i) => i + DAYS - CELL_DAYS).flatMap((i) =>
    LOADS.map((load) => ({
      day: day(i),
      load,
      samples: 200,
      cells: CELLS,
      deviationMeanMv: perCell(() => random.normal(0, 2)),
      deviationSdMv: perCell(() => 1 + random.unit()),
      deviationMinMv: perCell(() => -4 - random.unit()),
      excessResistanceMohm: perCell(() => random.normal(0, 0.05)),
      lowest: perCell(() => 2),
      usable: perCell(() => 200),
      implausible: perCell(() => 0),
      stuck: Array.from({ length: CELLS }, () => false),
      currentMeanA: 20,
      currentSdA: 30,
      socMeanPct: 60,
    })),
  );
}

function sessions(random: Random): ChargingSession[] {
  return Array.from({ length: 100 }, (_, i) => {
    const endedMs = START_MS + (DAYS - 100 + i) * DAY_MS;
    const swing = random.between(30, 80);
    return {
      startedMs: endedMs - 3_600_000,
      endedMs,
      tickSocPct: swing,
      tickChargeAh: 1.42 * swing + random.normal(0, 1),
      maxGapS: 60,
      samples: 240,
      tempMeanC: 25,
      isDc: false,
    };
  });
}

function main(): void {
  const views = Array.from({ length: VEHICLES }, (_, seed) => viewOf(seed));
  for (const detector of DETECTORS) for (const view of views.slice(0, 10)) detector.judge(view);
  const rows = DETECTORS.map((detector) => {
    const before = process.cpuUsage();
    for (const view of views) detector.judge(view);
    // Processor time, so that a busy machine does not make a detector look slow.
    const { user, system } = process.cpuUsage(before);
    return { id: detector.id, microseconds: (user + system) / views.length };
  });
  const total = rows.reduce((sum, { microseconds }) => sum + microseconds, 0);
  const fleetMinutes = (microseconds: number): string => ((microseconds * FLEET) / 1e6 / 60 / CORES).toFixed(2);
  const line = (id: string, microseconds: number): string =>
    `| ${id.padEnd(24)} | ${microseconds.toFixed(0).padStart(10)} | ${fleetMinutes(microseconds).padStart(24)} |\n`;
  process.stdout.write(
    `| detector                 | us/vehicle | min for 100,000, 2 cores |\n| ------------------------ | ---------: | -----------------------: |\n`,
  );
  for (const { id, microseconds } of rows.sort((a, b) => b.microseconds - a.microseconds)) process.stdout.write(line(id, microseconds));
  process.stdout.write(line("all", total));
}

main();
