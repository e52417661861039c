/**
 * Battery faults planted into a simulated fleet: what the nightly detectors find of them, when, and how often they alarm for
 * nothing. Telemetry goes through the real feature SQL and the real detectors, day by day. `settings.json` in the input folder
 * makes it larger: `{ "fleets": 12, "faultShare": 0.45 }` runs twelve fleets, one after the other, with seeds that follow.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DETECTORS } from "@bellwether/analytics/detectors/detectors";
import { evidenceGaps } from "@bellwether/analytics/detectors/evidenceGaps";
import { chiSquareQuantile } from "@bellwether/analytics/stats/chiSquareQuantile";
import { wilsonInterval } from "@bellwether/analytics/stats/wilsonInterval";
import type { Finding } from "@bellwether/contracts/finding";
import type { SignalName } from "@bellwether/contracts/signals";
import type { PlantedFault } from "@bellwether/simulator/truth";
import { medianSorted } from "simple-statistics";
import { z } from "zod";
import { defineDataset, type Figure } from "./dataset.ts";
import { laneFindings } from "./nightlyLane.ts";
import { type FleetWish, type SimulatedFleet, simulateFleet } from "./simulatedTelemetry.ts";

const settingsSchema = z.object({
  seed: z.number().int().default(11),
  /** Run one after the other, in bounded memory; the k-th has seed + k. */
  fleets: z.number().int().positive().default(1),
  vehicles: z.number().int().positive().default(48),
  days: z.number().int().min(60).default(110),
  faultShare: z.number().min(0).max(1).default(0.6),
});

const KINDS = ["steady_leak", "resistance_rise", "insulation_decline", "module_heating", "current_offset"] as const;
const SIGNALS: readonly SignalName[] = [
  ...(["vehicleState", "chargeState", "speedKmh", "odometerKm", "packVoltageV", "packCurrentA", "socPct"] as const),
  ...(["insulationKohm", "cellVoltagesV", "probeTempsC"] as const),
];
const START_MS = Date.UTC(2026, 2, 1);
const DAY_MS = 86_400_000;
const INTERVAL_S = 60;
/** What the public set of aims asks of a kind, and when a finding counts. */
const TARGETS: Readonly<Record<(typeof KINDS)[number], { readonly target: number; readonly when: string }>> = {
  steady_leak: { target: 95, when: "within 28 days" },
  resistance_rise: { target: 95, when: "within 28 days of the full 20 %" },
  insulation_decline: { target: 80, when: "21 days before 500 ohm/V" },
  module_heating: { target: 80, when: "within 40 days" },
  current_offset: { target: 80, when: "within 21 days" },
};
const OWNER_SEVERITIES: readonly string[] = ["advice", "warning", "critical"];
const BATTERY: readonly string[] = ["battery", "battery_cell", "battery_insulation", "battery_thermal"];
const Z_95 = 1.96;

interface BatteryPrediction {
  /** Numbers of vehicles come again in every fleet. */
  readonly fleet: number;
  readonly vin: string;
  readonly source_id: string;
  readonly component: string;
  readonly cell: number | null;
  readonly severity: string;
  readonly first_seen: string;
  readonly value: number | null;
  readonly unit: string;
  /** What the finding owes its reader and does not carry. */
  readonly evidence_gaps: readonly string[];
}

export const simulatorBattery = defineDataset<BatteryPrediction>({
  name: "simulator-battery",
  predict: async function* ({ input }) {
    for (const [fleet, wish] of (await wishesOf(input)).entries()) {
      for (const finding of await findingsOf(simulateFleet(wish), wish)) yield line(fleet, finding);
    }
  },
  score: async (predictions, { input }) => {
    const runs = (await wishesOf(input)).map((wish, fleet) => ({
      fleet: simulateFleet(wish),
      predictions: predictions.filter((prediction) => prediction.fleet === fleet),
      days: wish.days,
    }));
    return score(runs);
  },
});

function line(fleet: number, finding: Finding): BatteryPrediction {
  const { vin, source, component, cell, severity, firstSeen, evidence } = finding;
  const { value, unit } = evidence;
  const said = { fleet, vin, source_id: source.id, component, cell, severity, first_seen: firstSeen, value, unit };
  return { ...said, evidence_gaps: evidenceGaps(finding) };
}

async function wishesOf(input: string): Promise<FleetWish[]> {
  const file = join(input, "settings.json");
  const settings = settingsSchema.parse(existsSync(file) ? JSON.parse(await readFile(file, "utf8")) : {});
  const fixed = { startMs: START_MS, reportIntervalS: INTERVAL_S, kinds: KINDS, signals: SIGNALS };
  return Array.from({ length: settings.fleets }, (_, k) => ({ ...settings, ...fixed, seed: settings.seed + k }));
}

/** Every finding of every nightly detector as it was first published, in order. */
export function findingsOf(fleet: SimulatedFleet, { days, startMs }: FleetWish): Promise<Finding[]> {
  return laneFindings(fleet, { days, startMs, families: "all", detectors: DETECTORS });
}

/** What was said of one fleet. */
interface Run {
  readonly fleet: SimulatedFleet;
  readonly predictions: readonly BatteryPrediction[];
  readonly days: number;
}

function score(runs: readonly Run[]): Figure[] {
  const counts = runs.map(({ fleet, predictions, days }) => {
    const faulty = new Set<string>(fleet.truth.map(({ vin }) => vin));
    const healthy = fleet.profiles.filter(({ vin }) => !faulty.has(vin)).length;
    const owner = predictions.filter(({ severity, component }) => OWNER_SEVERITIES.includes(severity) && BATTERY.includes(component));
    const falseAlarms = owner.filter(({ vin }) => !faulty.has(vin)).length;
    const strays = owner.filter((p) => fleet.truth.some((fault) => fault.vin === p.vin && !isExplained(fault, p))).length;
    return { years: (healthy * days) / 365.25, falseAlarms, strays };
  });
  const [years, falseAlarms, strays] = [sum(counts, "years"), sum(counts, "falseAlarms"), sum(counts, "strays")];
  const [low, high] = poissonInterval(falseAlarms);
  return [
    ...KINDS.flatMap((kind) => kindFigures(kind, runs)),
    {
      name: "false owner alarms on healthy cars, per vehicle-year",
      ours: falseAlarms / years,
      interval: [low / years, high / years],
      better: "lower",
      target: 0.05,
      baseline: `${falseAlarms} in ${years.toFixed(1)} vehicle-years`,
    },
    {
      name: "findings that lack a part of their evidence",
      ours: runs.reduce((all, { predictions }) => all + predictions.filter((p) => p.evidence_gaps.length > 0).length, 0),
      better: "lower",
      target: 0,
      baseline: `of ${runs.reduce((all, { predictions }) => all + predictions.length, 0)}`,
    },
    { name: "owner alarms on faulty cars that the fault does not explain", ours: strays, better: "lower", target: 0 },
  ];
}

function sum<K extends string>(items: readonly Readonly<Record<K, number>>[], key: K): number {
  return items.reduce((all, item) => all + item[key], 0);
}

/** Exact 95 % interval of a Poisson mean from one count. */
function poissonInterval(count: number): readonly [number, number] {
  return [count === 0 ? 0 : chiSquareQuantile(0.025, 2 * count) / 2, chiSquareQuantile(0.975, 2 * count + 2) / 2];
}

function kindFigures(kind: (typeof KINDS)[number], runs: readonly Run[]): Figure[] {
  const planted = runs.flatMap(({ fleet, predictions }) =>
    fleet.truth.filter((fault) => fault.kind === kind).map((fault) => ({ fault, seen: firstNaming(fault, predictions) })),
  );
  const { target, when } = TARGETS[kind];
  const inTime = planted.filter(({ fault, seen }) => (seen ?? Number.POSITIVE_INFINITY) <= (fault.expected?.byMs ?? 0)).length;
  const days = planted.flatMap(({ fault, seen }) => (seen === null ? [] : [(seen - fault.startMs) / DAY_MS])).sort((a, b) => a - b);
  const share = wilsonInterval(inTime, planted.length, Z_95);
  const recall: Figure = {
    name: `${kind}: found ${when}, %`,
    ours: (100 * inTime) / Math.max(1, planted.length),
    interval: [100 * share[0], 100 * share[1]],
    better: "higher",
    target,
    baseline: `${inTime} of ${planted.length}, ever ${days.length}`,
  };
  if (days.length === 0) return [recall];
  return [recall, { name: `${kind}: median days from onset to finding`, ours: medianSorted(days), better: "context" }];
}

/** When a finding first named the fault, ms; null: never. */
function firstNaming(fault: PlantedFault, predictions: readonly BatteryPrediction[]): number | null {
  const times = predictions.filter((p) => isNaming(fault, p)).map((p) => Date.parse(p.first_seen));
  return times.length === 0 ? null : Math.min(...times);
}

function isNaming(fault: PlantedFault, { vin, source_id, cell, first_seen }: BatteryPrediction): boolean {
  const isPlace = fault.cell === null || cell === fault.cell;
  return (
    vin === fault.vin && (fault.expected?.sourceIds.includes(source_id) ?? false) && isPlace && Date.parse(first_seen) >= fault.startMs
  );
}

function isExplained(fault: PlantedFault, prediction: BatteryPrediction): boolean {
  const isPlace = fault.cell === null || prediction.cell === null || prediction.cell === fault.cell;
  const isAbout = fault.explains.some((component) => component === prediction.component);
  return isAbout && isPlace && Date.parse(prediction.first_seen) >= fault.startMs;
}
