/**
 * Scorecard of capacity from charging: every segment of at least 10 % displayed swing alone, and all segments of a car together,
 * against the tested capacity. What is learnt comes from other cars only.
 */
import { type CapacityEstimate, capacityFromCharge, capacityFromTest } from "@bellwether/analytics/features/chargeTest/capacityFromCharge";
import { type ChargeEvidence, chargeEvidence } from "@bellwether/analytics/features/chargeTest/chargeEvidence";
import { learnChargeFleet, type TestedCar } from "@bellwether/analytics/features/chargeTest/chargeFleet";
import { BellwetherError } from "@bellwether/contracts/errors";
import { type CarMaster, type ChargeCar, readChargeCars, readMasters } from "./chargeCars.ts";
import { defineDataset, type Figure, type Folders } from "./dataset.ts";
import { coveragePct, meanErrorPct, type Scored, widthPct } from "./figures.ts";
import { idOf } from "./ids.ts";

interface CapacityPrediction {
  readonly vehicle: number | string;
  readonly segment: number | string;
  readonly capacity_ah: number;
  readonly low80: number;
  readonly high80: number;
}

const MIN_SWING_PCT = 10;
const POOLED = "pooled";

export const evChargeTests = defineDataset<CapacityPrediction>({
  name: "ev-charge-tests",
  predict: predictAll,
  score: async (predictions, { input }) => {
    const masters = await readMasters(input);
    const scored = predictions.flatMap((p) => {
      const truth = masters.get(String(p.vehicle))?.capacityAh ?? null;
      const pair = { vehicle: String(p.vehicle), predicted: p.capacity_ah, low80: p.low80, high80: p.high80 };
      return truth === null ? [] : [{ ...pair, truth, isPooled: p.segment === POOLED }];
    });
    const single = scored.filter((s) => !s.isPooled);
    return single.length === 0 ? null : [...singleFigures(single), pooledFigure(scored.filter((s) => s.isPooled))];
  },
});

async function* predictAll({ input, train }: Folders): AsyncIterable<CapacityPrediction> {
  const tested = await readTested(train);
  const masters = await readMasters(input);
  for (const car of await readChargeCars(input)) {
    const others = tested.filter((other) => other.fingerprint !== car.fingerprint);
    const fleet = learnChargeFleet(others);
    if (fleet === null) throw tooFew(train, others.length);
    const ratedAh = masters.get(car.vehicle)?.ratedAh ?? null;
    const segments = car.segments.flatMap(({ segment, record }) => {
      const evidence = chargeEvidence(record);
      return evidence === null ? [] : [{ segment, evidence }];
    });
    for (const { segment, evidence } of segments.filter(({ evidence: e }) => e.socEndPct - e.socStartPct >= MIN_SWING_PCT)) {
      yield line(car.vehicle, segment, capacityFromCharge(evidence, ratedAh, fleet));
    }
    const pooled = capacityFromTest(evidences(segments), ratedAh, fleet);
    if (pooled !== null) yield line(car.vehicle, POOLED, pooled);
  }
}

function line(vehicle: string, segment: string, { capacityAh, low80Ah, high80Ah }: CapacityEstimate): CapacityPrediction {
  return { vehicle: idOf(vehicle), segment: idOf(segment), capacity_ah: capacityAh, low80: low80Ah, high80: high80Ah };
}

function evidences(segments: readonly { readonly evidence: ChargeEvidence }[]): ChargeEvidence[] {
  return segments.map((s) => s.evidence);
}

async function readTested(train: string): Promise<(TestedCar & { readonly fingerprint: string })[]> {
  const masters = await readMasters(train);
  return (await readChargeCars(train)).flatMap((car) => {
    const known = testedCar(car, masters.get(car.vehicle));
    return known === null ? [] : [{ ...known, fingerprint: car.fingerprint }];
  });
}

function testedCar(car: ChargeCar, master: CarMaster | undefined): TestedCar | null {
  const { capacityAh = null, ratedAh = null } = master ?? {};
  if (capacityAh === null || ratedAh === null) return null;
  return { capacityAh, ratedAh, segments: car.segments.flatMap(({ record }) => chargeEvidence(record) ?? []) };
}

function singleFigures(single: readonly Scored[]): Figure[] {
  const published = "3.2 (100 mV window, network, all 10 cars)";
  return [
    meanErrorPct(single, { name: "single segment: MAE %", target: 4, baseline: "9.4 charge / swing (README, all 10 cars)", published }),
    coveragePct(single, { name: "single segment: coverage of 80 % interval, %", target: [72, 88] }),
    widthPct(single, { name: "single segment: width of 80 % interval, %" }),
  ];
}

function pooledFigure(pooled: readonly Scored[]): Figure {
  return meanErrorPct(pooled, { name: "pooled, full tests counted: MAE %", baseline: "2.0 charge / swing (README, all 10 cars)" });
}

function tooFew(train: string, found: number): BellwetherError {
  const message = `${train}: expected at least 3 other cars with rated_ah and capacity_ah to learn from, got ${found}`;
  return new BellwetherError("input_unreadable", message, { retryable: false });
}
