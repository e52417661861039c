/**
 * Tyres, 12 V battery, pads, drive cooling and charging port of a simulated fleet: what the nightly detectors find of the planted
 * faults, when, and how often they alarm for nothing. Through the real feature SQL; tyres over years besides, without the store.
 * `settings.json` in the input folder makes it larger (`{ "vehicles": 300, "days": 120, "tyreCars": 400, "tyreDays": 365 }`).
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { wilsonInterval } from "@bellwether/analytics/stats/wilsonInterval";
import type { SignalName } from "@bellwether/contracts/signals";
import type { PlantedFault } from "@bellwether/simulator/truth";
import { medianSorted } from "simple-statistics";
import { z } from "zod";
import { defineDataset, type Figure } from "./dataset.ts";
import { type FleetWish, simulateFleet } from "./simulatedTelemetry.ts";
import { findingsOf } from "./simulatorBattery.ts";
import { runTyres } from "./simulatorTyres.ts";

const settingsSchema = z.object({
  seed: z.number().int().default(5),
  vehicles: z.number().int().positive().default(36),
  days: z.number().int().min(60).default(90),
  faultShare: z.number().min(0).max(1).default(0.67),
  tyreCars: z.number().int().nonnegative().default(20),
  tyreDays: z.number().int().min(120).default(365),
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
const DAY_MS = 86_400_000;
const INTERVAL_S = 60;
/** Days before its lowest capacity at which a 12 V battery should be known. */
const AUX_LEAD_DAYS = 14;
const Z_95 = 1.96;

interface WearPrediction {
  readonly vin: string;
  readonly source_id: string;
  readonly component: string;
  readonly severity: string;
  readonly first_seen: string;
  readonly value: number | null;
  readonly unit: string;
  readonly sentence: string;
}

export const simulatorWear = defineDataset<WearPrediction>({
  name: "simulator-wear",
  predict: async function* ({ input }) {
    const wish = wishOf(await settingsOf(input));
    for (const { vin, source, component, severity, firstSeen, evidence, sentence } of await findingsOf(simulateFleet(wish), wish)) {
      if (!COMPONENTS.includes(component)) continue;
      yield { vin, source_id: source.id, component, severity, first_seen: firstSeen, value: evidence.value, unit: evidence.unit, sentence };
    }
  },
  score: async (predictions, { input }) => {
    const settings = await settingsOf(input);
    const { truth, profiles } = simulateFleet(wishOf(settings));
    return [
      ...tyreFigures(settings),
      ...KINDS.flatMap((kind) => kindFigures(kind, truth, predictions)),
      ...falseFigures(truth, predictions, (profiles.length * settings.days) / 365.25),
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

function tyreFigures({ seed, tyreCars, tyreDays: days }: Settings): Figure[] {
  if (tyreCars === 0) return [];
  const { daysToAlarm, falseAlarms, tyreYears } = runTyres({ seed: seed + 1, cars: tyreCars, days, startMs: START_MS });
  const found = daysToAlarm.map((one) => one ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const baseline = `${found.filter(Number.isFinite).length} of ${found.length} found; a -25 % lamp needs 62`;
  return [
    { name: "leak of 1 kPa a day: median days to the alarm", ours: medianSorted(found), better: "lower", target: 14, baseline },
    {
      name: "false leak alarms per tyre-year",
      ours: falseAlarms / tyreYears,
      interval: [0, (falseAlarms + 1.96 * Math.sqrt(falseAlarms) + 3) / tyreYears],
      better: "lower",
      target: 0.003,
      baseline: `${falseAlarms} in ${tyreYears.toFixed(0)} tyre-years; methods 3.3: 0.0035`,
    },
  ];
}

function kindFigures(kind: (typeof KINDS)[number], truth: readonly PlantedFault[], predictions: readonly WearPrediction[]): Figure[] {
  const planted = truth.filter((fault) => fault.kind === kind);
  if (planted.length === 0) return [];
  const seen = planted.map((fault) => firstNaming(fault, predictions));
  const latest = (fault: PlantedFault): number =>
    kind === "weak_aux_battery" ? (fault.course.at(-1)?.atMs ?? 0) - AUX_LEAD_DAYS * DAY_MS : (fault.expected?.byMs ?? 0);
  const inTime = planted.filter((fault, i) => (seen[i] ?? Number.POSITIVE_INFINITY) <= latest(fault)).length;
  const share = wilsonInterval(inTime, planted.length, Z_95);
  const days = planted.flatMap((fault, i) => (seen[i] == null ? [] : [(seen[i] - fault.startMs) / DAY_MS])).sort((a, b) => a - b);
  const when = kind === "weak_aux_battery" ? `${AUX_LEAD_DAYS} days before its lowest` : "in time";
  return [
    {
      name: `${kind}: found ${when}, %`,
      ours: (100 * inTime) / planted.length,
      interval: [100 * share[0], 100 * share[1]],
      better: "higher",
      target: 80,
      baseline: `${inTime} of ${planted.length}, ever ${days.length}`,
    },
    ...(days.length === 0 ? [] : [{ name: `${kind}: median days from onset`, ours: medianSorted(days), better: "context" } as const]),
  ];
}

function falseFigures(truth: readonly PlantedFault[], predictions: readonly WearPrediction[], years: number): Figure[] {
  const isExplained = (one: WearPrediction) =>
    truth.some(
      (fault) =>
        fault.vin === one.vin &&
        fault.explains.some((component) => component === one.component) &&
        Date.parse(one.first_seen) >= fault.startMs - DAY_MS,
    );
  const wrong = predictions.filter((one) => !isExplained(one));
  const aux = predictions.filter(({ component }) => component === "aux_battery");
  const right = aux.filter(isExplained).length;
  return [
    {
      name: "12 V: precision, %",
      ours: aux.length === 0 ? 100 : (100 * right) / aux.length,
      better: "higher",
      target: 60,
      baseline: `${right} of ${aux.length}`,
    },
    {
      name: "false owner alarms of all wear detectors, per vehicle-year",
      ours: wrong.length / years,
      better: "lower",
      target: 0.05,
      baseline: `${wrong.length} in ${years.toFixed(1)} vehicle-years`,
    },
  ];
}

/** When a finding first named the fault, ms; null: never. */
function firstNaming(fault: PlantedFault, predictions: readonly WearPrediction[]): number | null {
  const isNaming = (one: WearPrediction) => one.vin === fault.vin && (fault.expected?.sourceIds.includes(one.source_id) ?? false);
  const times = predictions.filter(isNaming).map((one) => Date.parse(one.first_seen));
  const after = times.filter((atMs) => atMs >= fault.startMs - DAY_MS);
  return after.length === 0 ? null : Math.min(...after);
}
