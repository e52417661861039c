/**
 * 12 V batteries, pads and charging ports of a simulated fleet over half a year: only the reports that speak of them, their own
 * feature SQL and their own detectors, so that forty of each fault cost little more than four did with everything.
 */
import { loadRules } from "@bellwether/analytics/catalogue";
import { auxDetector } from "@bellwether/analytics/detectors/auxBattery/auxDetector";
import type { Detector } from "@bellwether/analytics/detectors/detector";
import { chargePortDetector } from "@bellwether/analytics/detectors/heat/chargePortDetector";
import { trackDetections } from "@bellwether/analytics/detectors/track";
import { viewOf } from "@bellwether/analytics/detectors/view";
import { newVehicleState, type VehicleState } from "@bellwether/analytics/engine/state";
import { auxFamily } from "@bellwether/analytics/features/families/aux";
import { chargePortFamily } from "@bellwether/analytics/features/families/chargePort";
import { dayRows, familiesInsertSql } from "@bellwether/analytics/features/family";
import { createSeriesCache, type SeriesCache } from "@bellwether/analytics/features/series";
import { pairParams, type VehicleDay } from "@bellwether/analytics/features/vehicleDays";
import { createPeerTable, type PeerTable } from "@bellwether/analytics/fleet/peerTable";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { openTestStore } from "@bellwether/clickhouse/testing";
import type { Finding } from "@bellwether/contracts/finding";
import type { SignalName } from "@bellwether/contracts/signals";
import type { VehicleProfile } from "@bellwether/simulator/profile";
import type { Segment } from "@bellwether/simulator/trace";
import { type FleetWish, landMasterData, type SimulatedFleet, simulateFleet } from "./simulatedTelemetry.ts";

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
const FAMILIES = [auxFamily, chargePortFamily];
const DETECTORS: readonly Detector[] = [auxDetector, chargePortDetector];
const INTERVAL_S = 60;
const FED_S = 900;
const BATCH_DAYS = 20;
const DAY_MS = 86_400_000;

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
export async function longFindings(fleet: SimulatedFleet, wish: LongWish): Promise<Finding[]> {
  const test = await openTestStore();
  const texts = new Map((await loadRules()).detectors.map((detector) => [detector.id, detector]));
  const states = new Map<string, VehicleState>(fleet.profiles.map(({ vin }) => [vin, newVehicleState()]));
  const first = new Map<string, Finding>();
  try {
    await landMasterData(test.store, fleet.profiles);
    const nightly: Nightly = {
      store: test.store,
      series: createSeriesCache(test.store),
      peers: createPeerTable(test.store),
      states,
      texts,
    };
    for (let from = 0; from < wish.days; from += BATCH_DAYS) {
      const batch = Array.from({ length: Math.min(BATCH_DAYS, wish.days - from) }, (_, i) => from + i);
      for (const day of batch) await fleet.landDay(test.store, day);
      for (const finding of await judgeBatch(nightly, fleet.profiles, { wish, batch }))
        if (!first.has(finding.id)) first.set(finding.id, finding);
    }
  } finally {
    await test.close();
  }
  return [...first.values()];
}

interface Nightly {
  readonly store: ColumnStore;
  readonly series: SeriesCache;
  readonly peers: PeerTable;
  readonly states: Map<string, VehicleState>;
  readonly texts: Parameters<typeof trackDetections>[4];
}

async function judgeBatch(
  nightly: Nightly,
  profiles: readonly VehicleProfile[],
  { wish, batch }: { readonly wish: LongWish; readonly batch: readonly number[] },
): Promise<Finding[]> {
  const nameOf = (day: number) => new Date(wish.startMs + day * DAY_MS).toISOString().slice(0, 10);
  const pairs: VehicleDay[] = batch.flatMap((day) => profiles.map(({ vin }) => ({ vin, day: nameOf(day) })));
  const fromMs = wish.startMs + (batch[0] ?? 0) * DAY_MS;
  const toMs = wish.startMs + ((batch.at(-1) ?? 0) + 1) * DAY_MS;
  const params = { ...pairParams(pairs), from: fromMs, to: toMs, now: new Date(toMs) };
  await nightly.store.command(familiesInsertSql(FAMILIES, dayRows(0, "1", pairs)), { params });
  await nightly.series.refresh(pairs, fromMs);
  const findings: Finding[] = [];
  for (const day of batch.map(nameOf)) {
    const peers = await nightly.peers.on(day, profiles.length, toMs);
    for (const profile of profiles) findings.push(...judgeCar(nightly, profile, day, peers));
  }
  return findings;
}

function judgeCar(
  { series, states, texts }: Nightly,
  { vin, model, chemistry, nominalAh }: VehicleProfile,
  day: string,
  peers: Awaited<ReturnType<PeerTable["on"]>>,
): Finding[] {
  const state = states.get(vin) ?? newVehicleState();
  const master = { model, chemistry, nominalAh };
  const known = { vin, day, offsetMinutes: 0, lastDataMs: null, series: series.of(vin), state, peerBaselineAh: null };
  const view = viewOf({ ...known, master, peers: peers.peersOf(master) });
  let { detections } = state;
  const findings = DETECTORS.flatMap((detector) => {
    const judged = detector.judge(view).detections;
    if (judged === null) return [];
    const tracked = trackDetections(detector, view, judged, detections, texts);
    detections = [...tracked.detections];
    return tracked.findings.filter((finding) => finding.state === "active");
  });
  states.set(vin, { ...state, detections });
  return findings;
}
