/** Lines and figures the simulated wear datasets share: what was found of each planted fault, and what nothing planted explains. */
import { chiSquareQuantile } from "@bellwether/analytics/stats/chiSquareQuantile";
import { wilsonInterval } from "@bellwether/analytics/stats/wilsonInterval";
import type { Finding } from "@bellwether/contracts/finding";
import type { PlantedFault } from "@bellwether/simulator/truth";
import { medianSorted } from "simple-statistics";
import type { Figure } from "./dataset.ts";

const DAY_MS = 86_400_000;
/** Days before its lowest capacity at which a 12 V battery should be known. */
const AUX_LEAD_DAYS = 14;
const Z_95 = 1.96;

export interface WearPrediction {
  /** Which of the simulated fleets. */
  readonly fleet: "all" | "long" | "healthy";
  readonly vin: string;
  readonly source_id: string;
  readonly component: string;
  readonly severity: string;
  readonly first_seen: string;
  readonly value: number | null;
  readonly unit: string;
  readonly sentence: string;
}

export function lineOf(fleet: WearPrediction["fleet"], finding: Finding): WearPrediction {
  const { vin, source, component, severity, firstSeen, evidence, sentence } = finding;
  return {
    fleet,
    vin,
    source_id: source.id,
    component,
    severity,
    first_seen: firstSeen,
    value: evidence.value,
    unit: evidence.unit,
    sentence,
  };
}

export function falseFigure(name: string, wrong: number, years: number, target = 0.05): Figure {
  const baseline = `${wrong} in ${years.toFixed(1)} vehicle-years`;
  return { name, ours: wrong / years, interval: perYear(poissonInterval(wrong), years), better: "lower", target, baseline };
}

export function perYear([low, high]: readonly [number, number], years: number): readonly [low: number, high: number] {
  return [low / years, high / years];
}

/** 95 % interval of a Poisson mean from a count, exact (Garwood 1936). */
export function poissonInterval(count: number): readonly [low: number, high: number] {
  return [count === 0 ? 0 : chiSquareQuantile(0.025, 2 * count) / 2, chiSquareQuantile(0.975, 2 * count + 2) / 2];
}

export function kindFigures(kind: string, truth: readonly PlantedFault[], predictions: readonly WearPrediction[]): Figure[] {
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

/** Findings that no planted fault of their car explains. */
export function unexplained(truth: readonly PlantedFault[], predictions: readonly WearPrediction[]): WearPrediction[] {
  const isExplained = (one: WearPrediction) =>
    truth.some(
      (fault) =>
        fault.vin === one.vin &&
        fault.explains.some((component) => component === one.component) &&
        Date.parse(one.first_seen) >= fault.startMs - DAY_MS,
    );
  return predictions.filter((one) => !isExplained(one));
}

/** When a finding first named the fault, ms; null: never. */
function firstNaming(fault: PlantedFault, predictions: readonly WearPrediction[]): number | null {
  const isNaming = (one: WearPrediction) => one.vin === fault.vin && (fault.expected?.sourceIds.includes(one.source_id) ?? false);
  const times = predictions.filter(isNaming).map((one) => Date.parse(one.first_seen));
  const after = times.filter((atMs) => atMs >= fault.startMs - DAY_MS);
  return after.length === 0 ? null : Math.min(...after);
}
