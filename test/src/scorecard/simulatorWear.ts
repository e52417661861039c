/**
 * Tyres, 12 V battery, pads, drive cooling and charging port of simulated cars: what the nightly detectors find of the planted faults,
 * when, and how often they alarm for nothing. A fleet through every detector and the real feature SQL; a longer and larger one through
 * those of the 12 V battery and the port; one of sound cars through every wear detector; thousands of tyre-years and hundreds of pads from daily numbers. `settings.json` in the input
 * folder changes the sizes (`{ "vehicles": 300, "longVehicles": 600, "healthyVehicles": 500, "tyreCars": 1000, "pads": 1000 }`).
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { wilsonInterval } from "@bellwether/analytics/stats/wilsonInterval";
import type { SignalName } from "@bellwether/contracts/signals";
import { medianSorted } from "simple-statistics";
import { z } from "zod";
import { defineDataset, type Figure } from "./dataset.ts";
import { runPadLives } from "./padLives.ts";
import { type FleetWish, simulateFleet } from "./simulatedTelemetry.ts";
import { findingsOf } from "./simulatorBattery.ts";
import { healthyFindings } from "./simulatorWearHealthy.ts";
import { LONG_KINDS, type LongWish, longFindings, longFleet } from "./simulatorWearLong.ts";
import { runTyreYears } from "./tyreYears.ts";
import { falseFigure, kindFigures, lineOf, perYear, poissonInterval, unexplained, type WearPrediction } from "./wearFigures.ts";

const settingsSchema = z.object({
  seed: z.number().int().default(5),
  vehicles: z.number().int().positive().default(36),
  days: z.number().int().min(60).default(90),
  faultShare: z.number().min(0).max(1).default(0.67),
  longVehicles: z.number().int().nonnegative().default(180),
  longDays: z.number().int().min(120).default(180),
  healthyVehicles: z.number().int().nonnegative().default(50),
  healthyDays: z.number().int().min(30).default(120),
  tyreCars: z.number().int().nonnegative().default(520),
  tyreLeaks: z.number().int().nonnegative().default(100),
  tyreDays: z.number().int().min(120).default(365),
  pads: z.number().int().nonnegative().default(400),
});
type Settings = z.infer<typeof settingsSchema>;

const KINDS = [
  "slow_tyre_leak",
  "weak_aux_battery",
  "worn_brake_pads",
  "parasitic_drain",
  "weak_drive_cooling",
  "hot_charge_port",
] as const;
const COMPONENTS: readonly string[] = ["tyre", "aux_battery", "brake", "drive", "charging"];
const SIGNALS: readonly SignalName[] = [
  ...(["vehicleState", "chargeState", "speedKmh", "odometerKm", "packVoltageV", "packCurrentA", "socPct", "dcdcState"] as const),
  ...(["motorTempsC", "motorControllerTempsC", "latitudeDeg", "longitudeDeg", "brakeOn"] as const),
  ...(["auxVoltageV", "auxCurrentA", "ambientTempC", "coolantTempC", "chargePortTempC", "chargePowerKw"] as const),
  ...(["tyrePressureFlKpa", "tyrePressureFrKpa", "tyrePressureRlKpa", "tyrePressureRrKpa"] as const),
  ...(["brakePadFlWornPct", "brakePadFrWornPct", "brakePadRlWornPct", "brakePadRrWornPct"] as const),
];
const START_MS = Date.UTC(2026, 2, 1);
const INTERVAL_S = 60;
const Z_95 = 1.96;
const YEAR_DAYS = 365.25;
const LONG_FAULT_SHARE = 0.75;

export const simulatorWear = defineDataset<WearPrediction>({
  name: "simulator-wear",
  predict: async function* ({ input }) {
    const settings = await settingsOf(input);
    const wish = wishOf(settings);
    for (const finding of await findingsOf(simulateFleet(wish), wish))
      if (COMPONENTS.includes(finding.component)) yield lineOf("all", finding);
    const long = longWishOf(settings);
    if (long.vehicles > 0) for (const finding of await longFindings(longFleet(long), long)) yield lineOf("long", finding);
    const healthy = { vehicles: settings.healthyVehicles, days: settings.healthyDays, startMs: START_MS, signals: SIGNALS };
    if (healthy.vehicles > 0)
      for (const finding of await healthyFindings({ ...healthy, seed: settings.seed + 4 })) yield lineOf("healthy", finding);
  },
  score: async (predictions, { input }) => {
    const settings = await settingsOf(input);
    const { truth, profiles } = simulateFleet(wishOf(settings));
    const [ofAll, ofLong] = [predictions.filter(({ fleet }) => fleet === "all"), predictions.filter(({ fleet }) => fleet === "long")];
    const years = (profiles.length * settings.days) / YEAR_DAYS;
    return [
      ...tyreFigures(settings),
      ...padFigures(settings),
      ...KINDS.filter((kind) => !isLongKind(kind) || settings.longVehicles === 0).flatMap((kind) => kindFigures(kind, truth, ofAll)),
      ...longFigures(settings, ofLong),
      falseFigure("false owner alarms of all wear detectors, per vehicle-year", unexplained(truth, ofAll).length, years),
      ...healthyFigures(settings, predictions.filter(({ fleet }) => fleet === "healthy").length),
    ];
  },
});

async function settingsOf(input: string): Promise<Settings> {
  const file = join(input, "settings.json");
  return settingsSchema.parse(existsSync(file) ? JSON.parse(await readFile(file, "utf8")) : {});
}

function wishOf({ seed, vehicles, days, faultShare }: Settings): FleetWish {
  return { seed, vehicles, days, faultShare, startMs: START_MS, reportIntervalS: INTERVAL_S, kinds: KINDS, signals: SIGNALS };
}

function longWishOf({ seed, longVehicles, longDays }: Settings): LongWish {
  return { seed: seed + 2, vehicles: longVehicles, days: longDays, faultShare: LONG_FAULT_SHARE, startMs: START_MS };
}

function isLongKind(kind: string): boolean {
  return LONG_KINDS.some((known) => known === kind);
}

function tyreFigures({ seed, tyreCars, tyreLeaks, tyreDays: days }: Settings): Figure[] {
  if (tyreCars === 0) return [];
  const { daysToAlarm, falseAlarms, tyreYears } = runTyreYears({
    seed: seed + 1,
    cars: tyreCars,
    leaks: tyreLeaks,
    days,
    startMs: START_MS,
  });
  const found = daysToAlarm.map((one) => one ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const baseline = `${found.filter(Number.isFinite).length} of ${found.length} found; a -25 % lamp needs 62`;
  return [
    { name: "leak of 1 kPa a day: median days to the alarm", ours: medianSorted(found), better: "lower", target: 14, baseline },
    {
      name: "false leak alarms per tyre-year",
      ours: falseAlarms / tyreYears,
      interval: perYear(poissonInterval(falseAlarms), tyreYears),
      better: "lower",
      target: 0.003,
      baseline: `${falseAlarms} in ${tyreYears.toFixed(0)} tyre-years; methods 3.3: 0.0035`,
    },
  ];
}

function padFigures({ seed, pads }: Settings): Figure[] {
  if (pads === 0) return [];
  const { errors, covered, judged } = runPadLives({ seed: seed + 3, pads });
  const [low, high] = wilsonInterval(covered, judged, Z_95);
  return [
    {
      name: "pads at 5 mm: median error of the kilometres left, %",
      ours: 100 * medianSorted([...errors]),
      better: "lower",
      target: 15,
      baseline: `${judged} of ${pads} pads judged; methods 3.2: 17`,
    },
    {
      name: "pads at 5 mm: coverage of 80 % interval, %",
      ours: (100 * covered) / judged,
      interval: [100 * low, 100 * high],
      better: "inside",
      target: [75, 92],
    },
  ];
}

function healthyFigures({ healthyVehicles, healthyDays }: Settings, alarms: number): Figure[] {
  const years = (healthyVehicles * healthyDays) / YEAR_DAYS;
  return years === 0 ? [] : [falseFigure("sound cars: alarms of all wear detectors together, per vehicle-year", alarms, years)];
}

function longFigures(settings: Settings, predictions: readonly WearPrediction[]): Figure[] {
  if (settings.longVehicles === 0) return [];
  const { truth, profiles } = longFleet(longWishOf(settings));
  const years = (profiles.length * settings.longDays) / YEAR_DAYS;
  const aux = predictions.filter(({ component }) => component === "aux_battery");
  const wrong = unexplained(truth, aux).length;
  const precision = wilsonInterval(aux.length - wrong, aux.length, Z_95);
  return [
    ...LONG_KINDS.flatMap((kind) => kindFigures(kind, truth, predictions)),
    {
      name: "12 V: precision, %",
      ours: aux.length === 0 ? 100 : (100 * (aux.length - wrong)) / aux.length,
      interval: [100 * precision[0], 100 * precision[1]],
      better: "higher",
      target: 60,
      baseline: `${aux.length - wrong} of ${aux.length}`,
    },
    falseFigure("12 V: false alarms per vehicle-year", wrong, years, 0.02),
    falseFigure("charging port: false alarms per vehicle-year", unexplained(truth, predictions).length - wrong, years),
  ];
}
