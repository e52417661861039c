/** Nightly detectors over a simulated fleet without the rest of the engine: their own feature SQL, peers and findings, day after day. */
import { loadRules } from "@bellwether/analytics/catalogue";
import type { Detector } from "@bellwether/analytics/detectors/detector";
import { trackDetections } from "@bellwether/analytics/detectors/track";
import { viewOf } from "@bellwether/analytics/detectors/view";
import { newVehicleState, type VehicleState } from "@bellwether/analytics/engine/state";
import { dayRows, type FeatureFamily, familiesInsertSql } from "@bellwether/analytics/features/family";
import { createSeriesCache, type SeriesCache } from "@bellwether/analytics/features/series";
import { pairParams, type VehicleDay } from "@bellwether/analytics/features/vehicleDays";
import { createChargePlaces } from "@bellwether/analytics/fleet/chargePlaces";
import { createPeerTable, type PeerTable } from "@bellwether/analytics/fleet/peerTable";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { openTestStore } from "@bellwether/clickhouse/testing";
import type { Finding } from "@bellwether/contracts/finding";
import type { VehicleProfile } from "@bellwether/simulator/profile";
import { landMasterData, type SimulatedFleet } from "./simulatedTelemetry.ts";

export interface NightlyLane {
  readonly days: number;
  readonly startMs: number;
  readonly families: readonly FeatureFamily[];
  readonly detectors: readonly Detector[];
}

const BATCH_DAYS = 20;
const DAY_MS = 86_400_000;

/** Every finding as it was first published. */
export async function laneFindings(fleet: SimulatedFleet, wish: NightlyLane): Promise<Finding[]> {
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
      chargePlaces: createChargePlaces(test.store),
      detectors: wish.detectors,
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
  readonly chargePlaces: ReturnType<typeof createChargePlaces>;
  readonly detectors: readonly Detector[];
  readonly states: Map<string, VehicleState>;
  readonly texts: Parameters<typeof trackDetections>[4];
}

async function judgeBatch(
  nightly: Nightly,
  profiles: readonly VehicleProfile[],
  { wish, batch }: { readonly wish: NightlyLane; readonly batch: readonly number[] },
): Promise<Finding[]> {
  const nameOf = (day: number) => new Date(wish.startMs + day * DAY_MS).toISOString().slice(0, 10);
  const pairs: VehicleDay[] = batch.flatMap((day) => profiles.map(({ vin }) => ({ vin, day: nameOf(day) })));
  const fromMs = wish.startMs + (batch[0] ?? 0) * DAY_MS;
  const toMs = wish.startMs + ((batch.at(-1) ?? 0) + 1) * DAY_MS;
  const params = { ...pairParams(pairs), from: fromMs, to: toMs, now: new Date(toMs) };
  await nightly.store.command(familiesInsertSql(wish.families, dayRows(0, "1", pairs)), { params });
  await nightly.series.refresh(pairs, fromMs);
  const findings: Finding[] = [];
  for (const day of batch.map(nameOf)) {
    const peers = await nightly.peers.on(day, profiles.length, toMs);
    const chargeFleet = await nightly.chargePlaces.on(day, toMs);
    for (const profile of profiles) findings.push(...judgeCar(nightly, profile, { day, peers, chargeFleet }));
  }
  return findings;
}

interface FleetOfDay {
  readonly day: string;
  readonly peers: Awaited<ReturnType<PeerTable["on"]>>;
  readonly chargeFleet: Awaited<ReturnType<ReturnType<typeof createChargePlaces>["on"]>>;
}

function judgeCar(
  { series, states, texts, detectors }: Nightly,
  { vin, model, chemistry, nominalAh }: VehicleProfile,
  { day, peers, chargeFleet }: FleetOfDay,
): Finding[] {
  const state = states.get(vin) ?? newVehicleState();
  const master = { model, chemistry, nominalAh };
  const known = { vin, day, offsetMinutes: 0, lastDataMs: null, series: series.of(vin), state, peerBaselineAh: null };
  const view = viewOf({ ...known, master, peers: peers.peersOf(master), chargeFleet });
  let { detections } = state;
  const findings = detectors.flatMap((detector) => {
    const judged = detector.judge(view).detections;
    if (judged === null) return [];
    const tracked = trackDetections(detector, view, judged, detections, texts);
    detections = [...tracked.detections];
    return tracked.findings.filter((finding) => finding.state === "active");
  });
  states.set(vin, { ...state, detections });
  return findings;
}
