/**
 * 12 V batteries, pads and charging ports of a simulated fleet over half a year: only the reports that speak of them, their own
 * feature SQL and their own detectors, so that forty of each fault cost little more than four did with everything.
 */
import { auxDetector } from "@bellwether/analytics/detectors/auxBattery/auxDetector";
import { chargePortDetector } from "@bellwether/analytics/detectors/heat/chargePortDetector";
import { auxFamily } from "@bellwether/analytics/features/families/aux";
import { chargePortFamily } from "@bellwether/analytics/features/families/chargePort";
import type { Finding } from "@bellwether/contracts/finding";
import type { SignalName } from "@bellwether/contracts/signals";
import type { Segment } from "@bellwether/simulator/trace";
import { laneFindings } from "./nightlyLane.ts";
import { type FleetWish, type SimulatedFleet, simulateFleet } from "./simulatedTelemetry.ts";

export interface LongWish {
  readonly seed: number;
  readonly vehicles: number;
  readonly days: number;
  readonly faultShare: number;
  readonly startMs: number;
}

export const LONG_KINDS = ["weak_aux_battery", "parasitic_drain", "hot_charge_port"] as const;

const SIGNALS: readonly SignalName[] = [
  ...(["vehicleState", "chargeState", "speedKmh", "packVoltageV", "packCurrentA", "socPct", "dcdcState"] as const),
  ...(["auxVoltageV", "auxCurrentA", "ambientTempC", "chargePortTempC", "latitudeDeg", "longitudeDeg"] as const),
];
const INTERVAL_S = 60;
const FED_S = 900;

/** A fleet whose faults are of `LONG_KINDS`, each as often as the others. */
export function longFleet(wish: LongWish): SimulatedFleet {
  return simulateFleet(wishOf(wish));
}

function wishOf(wish: LongWish): FleetWish {
  return { ...wish, reportIntervalS: INTERVAL_S, kinds: LONG_KINDS, signals: SIGNALS, keeps };
}

/** Parked reports say how the 12 V battery is, fast charges how the port is; of the rest, that the converter has run. */
function keeps(segment: Segment, sinceStartS: number): boolean {
  if (segment.kind === "rest" || segment.isDc) return true;
  return segment.kind === "drive" ? sinceStartS < FED_S : sinceStartS < INTERVAL_S;
}

/** Every finding as it was first published. */
export function longFindings(fleet: SimulatedFleet, { days, startMs }: LongWish): Promise<Finding[]> {
  return laneFindings(fleet, { days, startMs, families: [auxFamily, chargePortFamily], detectors: [auxDetector, chargePortDetector] });
}
