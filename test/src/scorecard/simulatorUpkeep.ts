/**
 * On-board charger, DC-DC converter, stopped charges, unmeasured brake pads and tread of simulated cars: a fleet through the real feature SQL and
 * the detectors; whose fault stopped charges are, pads by energy and tread by rolling radius, from daily numbers. `settings.json` in the input folder changes
 * the sizes (`{ "vehicles": 300, "days": 180, "cars": 4000, "pads": 4000, "tyreSets": 2000 }`).
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { stopsDetector } from "@bellwether/analytics/detectors/chargeStops/stopsDetector";
import { chargerDetector } from "@bellwether/analytics/detectors/power/chargerDetector";
import { converterDetector } from "@bellwether/analytics/detectors/power/converterDetector";
import { chargerFamily } from "@bellwether/analytics/features/families/charger";
import { chargeStopsFamily } from "@bellwether/analytics/features/families/chargeStops";
import { converterFamily } from "@bellwether/analytics/features/families/converter";
import { wilsonInterval } from "@bellwether/analytics/stats/wilsonInterval";
import type { SignalName } from "@bellwether/contracts/signals";
import type { Segment } from "@bellwether/simulator/trace";
import { medianSorted } from "simple-statistics";
import { z } from "zod";
import { runCrossedStations } from "./crossedStations.ts";
import { defineDataset, type Figure } from "./dataset.ts";
import { laneFindings } from "./nightlyLane.ts";
import { runPadEnergyLives } from "./padEnergyLives.ts";
import { type FleetWish, simulateFleet } from "./simulatedTelemetry.ts";
import { runTreadLives } from "./treadLives.ts";
import { falseFigure, kindFigures, lineOf, unexplained, type WearPrediction } from "./wearFigures.ts";

const settingsSchema = z.object({
  seed: z.number().int().default(11),
  vehicles: z.number().int().nonnegative().default(120),
  days: z.number().int().min(100).default(140),
  faultShare: z.number().min(0).max(1).default(0.4),
  cars: z.number().int().nonnegative().default(2000),
  pads: z.number().int().nonnegative().default(800),
  tyreSets: z.number().int().nonnegative().default(400),
});
type Settings = z.infer<typeof settingsSchema>;

const KINDS = ["weak_on_board_charger", "weak_dcdc_converter", "failing_charges"] as const;
const SIGNALS: readonly SignalName[] = [
  ...(["vehicleState", "chargeState", "speedKmh", "odometerKm", "packVoltageV", "packCurrentA", "socPct", "dcdcState"] as const),
  ...(["auxVoltageV", "auxCurrentA", "ambientTempC", "chargePowerKw", "latitudeDeg", "longitudeDeg"] as const),
];
const START_MS = Date.UTC(2026, 2, 1);
const INTERVAL_S = 60;
const YEAR_DAYS = 365.25;
const Z_95 = 1.96;
const DRIVEN_S = 1500;
const CHARGED_S = 900;
const LAST_S = 180;

export const simulatorUpkeep = defineDataset<WearPrediction>({
  name: "simulator-upkeep",
  predict: async function* ({ input }) {
    const settings = await settingsOf(input);
    if (settings.vehicles === 0) return;
    const lane = {
      families: [chargerFamily, converterFamily, chargeStopsFamily],
      detectors: [chargerDetector, converterDetector, stopsDetector],
    };
    const findings = await laneFindings(simulateFleet(wishOf(settings)), { days: settings.days, startMs: START_MS, ...lane });
    for (const finding of findings) yield lineOf("all", finding);
  },
  score: async (predictions, { input }) => {
    const settings = await settingsOf(input);
    return [...fleetFigures(settings, predictions), ...stationFigures(settings), ...padFigures(settings), ...treadFigures(settings)];
  },
});

async function settingsOf(input: string): Promise<Settings> {
  const file = join(input, "settings.json");
  return settingsSchema.parse(existsSync(file) ? JSON.parse(await readFile(file, "utf8")) : {});
}

function wishOf({ seed, vehicles, days, faultShare }: Settings): FleetWish {
  return { seed, vehicles, days, faultShare, startMs: START_MS, reportIntervalS: INTERVAL_S, kinds: KINDS, signals: SIGNALS, keeps };
}

/** Enough of a drive to know the rail, of a charge its beginning and its end. */
function keeps(segment: Segment, sinceStartS: number): boolean {
  if (segment.kind === "rest") return true;
  if (segment.kind === "drive") return sinceStartS < DRIVEN_S;
  return sinceStartS < CHARGED_S || segment.endS - segment.startS - sinceStartS < LAST_S;
}

function fleetFigures(settings: Settings, predictions: readonly WearPrediction[]): Figure[] {
  if (settings.vehicles === 0) return [];
  const { truth, profiles } = simulateFleet(wishOf(settings));
  const years = (profiles.length * settings.days) / YEAR_DAYS;
  return [
    ...KINDS.flatMap((kind) => kindFigures(kind, truth, predictions)),
    falseFigure("false alarms of these detectors, per vehicle-year", unexplained(truth, predictions).length, years),
  ];
}

function stationFigures({ seed, cars }: Settings): Figure[] {
  if (cars === 0) return [];
  const { faulty, found, visitors, visitorsBlamed, sound, soundBlamed, ...stations } = runCrossedStations({ seed: seed + 1, cars });
  const right = faulty - (faulty - found) + (visitors - visitorsBlamed);
  const [low, high] = wilsonInterval(right, faulty + visitors, Z_95);
  return [
    {
      name: "stopped charges: car or station told right, %",
      ours: (100 * right) / (faulty + visitors),
      interval: [100 * low, 100 * high],
      better: "higher",
      target: 95,
      baseline: `${found} of ${faulty} faulty cars, ${visitors - visitorsBlamed} of ${visitors} visitors of bad stations`,
    },
    {
      name: "stopped charges: sound cars blamed in 60 days, %",
      ours: (100 * soundBlamed) / sound,
      better: "lower",
      target: 0.5,
      baseline: `${soundBlamed} of ${sound}; 3 % have drivers who pause`,
    },
    {
      name: "stations that stop everybody: named, %",
      ours: (100 * stations.badNamed) / stations.badStations,
      better: "higher",
      target: 80,
      baseline: `${stations.badNamed} of ${stations.badStations}`,
    },
    { name: "stations that stop nobody: named", ours: stations.soundNamed, better: "lower", target: 0 },
  ];
}

function padFigures({ seed, pads: wished }: Settings): Figure[] {
  if (wished === 0) return [];
  const { errors, byDistance, covered, early, pads } = runPadEnergyLives({ seed: seed + 2, pads: wished });
  const [low, high] = wilsonInterval(covered, pads, Z_95);
  return [
    {
      name: "pads by energy: median error of their life, %",
      ours: 100 * medianSorted([...errors]),
      better: "lower",
      target: 25,
      baseline: `by the fleet's mean distance ${(100 * medianSorted([...byDistance])).toFixed(0)}`,
    },
    {
      name: "pads by energy: coverage of 80 % interval of the km left, %",
      ours: (100 * covered) / pads,
      interval: [100 * low, 100 * high],
      better: "inside",
      target: [75, 92],
    },
    { name: "pads by energy: advised with half of them left, %", ours: (100 * early) / pads, better: "lower", target: 10 },
  ];
}

function treadFigures({ seed, tyreSets }: Settings): Figure[] {
  if (tyreSets === 0) return [];
  const { errorsMm, worn, known, early, sets, carYears } = runTreadLives({ seed: seed + 3, cars: tyreSets });
  return [
    {
      name: "tread: sets known before 2 mm, %",
      ours: (100 * known) / worn,
      better: "higher",
      target: 70,
      baseline: `${known} of ${worn}; of ${sets} sets over ${carYears.toFixed(0)} car-years`,
    },
    ...(errorsMm.length === 0
      ? []
      : [
          {
            name: "tread: median error when it is held to be low, mm",
            ours: medianSorted([...errorsMm]),
            better: "lower",
            target: 0.7,
          } as const,
        ]),
    {
      name: "tread: held to be low with more than 4.5 mm left, per 100 sets",
      ours: (100 * early) / sets,
      better: "lower",
      target: 2,
      baseline: `${early} of ${sets}`,
    },
  ];
}
