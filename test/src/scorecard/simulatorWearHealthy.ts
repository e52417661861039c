/** Cars without a fault through every wear detector at once, only the reports that speak of wear: how often an owner would be alarmed for nothing. */
import { auxDetector } from "@bellwether/analytics/detectors/auxBattery/auxDetector";
import { brakeDetector } from "@bellwether/analytics/detectors/brake/brakeDetector";
import { padEnergyDetector } from "@bellwether/analytics/detectors/brake/padEnergyDetector";
import { stopsDetector } from "@bellwether/analytics/detectors/chargeStops/stopsDetector";
import { chargePortDetector } from "@bellwether/analytics/detectors/heat/chargePortDetector";
import { driveCoolingDetector } from "@bellwether/analytics/detectors/heat/driveCoolingDetector";
import { chargerDetector } from "@bellwether/analytics/detectors/power/chargerDetector";
import { converterDetector } from "@bellwether/analytics/detectors/power/converterDetector";
import { treadDetector } from "@bellwether/analytics/detectors/tread/treadDetector";
import { tyreDetector } from "@bellwether/analytics/detectors/tyre/tyreDetector";
import { auxFamily } from "@bellwether/analytics/features/families/aux";
import { brakeFamily } from "@bellwether/analytics/features/families/brake";
import { chargePortFamily } from "@bellwether/analytics/features/families/chargePort";
import { chargerFamily } from "@bellwether/analytics/features/families/charger";
import { chargeStopsFamily } from "@bellwether/analytics/features/families/chargeStops";
import { converterFamily } from "@bellwether/analytics/features/families/converter";
import { driveHeatFamily } from "@bellwether/analytics/features/families/driveHeat";
import { rollingFamily } from "@bellwether/analytics/features/families/rolling";
import { tyreFamily } from "@bellwether/analytics/features/families/tyre";
import { usageFamily } from "@bellwether/analytics/features/families/usage";
import type { Finding } from "@bellwether/contracts/finding";
import type { SignalName } from "@bellwether/contracts/signals";
import type { Segment } from "@bellwether/simulator/trace";
import { laneFindings } from "./nightlyLane.ts";
import { simulateFleet } from "./simulatedTelemetry.ts";

const FAMILIES = [
  ...[tyreFamily, auxFamily, brakeFamily, driveHeatFamily, chargePortFamily],
  ...[chargerFamily, converterFamily, chargeStopsFamily, rollingFamily, usageFamily],
];
const DETECTORS = [
  ...[tyreDetector, auxDetector, brakeDetector, driveCoolingDetector, chargePortDetector],
  ...[chargerDetector, converterDetector, stopsDetector, padEnergyDetector, treadDetector],
];
const INTERVAL_S = 60;
const DRIVEN_S = 2700;
const CHARGED_S = 900;
const LAST_S = 180;

export interface HealthyWish {
  readonly seed: number;
  readonly vehicles: number;
  readonly days: number;
  readonly startMs: number;
  readonly signals: readonly SignalName[];
}

/** Every finding as it was first published; all of them are false but pads that are simply worn, which a sound car's are in the end. */
export async function healthyFindings({ days, startMs, ...wish }: HealthyWish): Promise<Finding[]> {
  const fleet = simulateFleet({ ...wish, days, startMs, faultShare: 0, reportIntervalS: INTERVAL_S, kinds: [], keeps });
  return await laneFindings(fleet, { days, startMs, families: FAMILIES, detectors: DETECTORS });
}

/** Parked reports, enough of a drive to be warm, of a charge its beginning and its end, fast ones whole. */
function keeps(segment: Segment, sinceStartS: number): boolean {
  if (segment.kind === "rest" || segment.isDc) return true;
  if (segment.kind === "drive") return sinceStartS < DRIVEN_S;
  return sinceStartS < CHARGED_S || segment.endS - segment.startS - sinceStartS < LAST_S;
}
