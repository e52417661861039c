/** Nightly detectors over a simulated fleet: the real feature SQL, peers and findings, day after day, all of it or what some detectors need. */
import { loadRules } from "@bellwether/analytics/catalogue";
import type { Detector } from "@bellwether/analytics/detectors/detector";
import { trackDetections } from "@bellwether/analytics/detectors/track";
import { viewOf } from "@bellwether/analytics/detectors/view";
import { newVehicleState, type VehicleState } from "@bellwether/analytics/engine/state";
import { computeFeatures } from "@bellwether/analytics/features/computeFeatures";
import { dayRows, type FeatureFamily, familiesInsertSql } from "@bellwether/analytics/features/family";
import type { GateResult } from "@bellwether/analytics/features/qualityGate";
import { createSeriesCache, type SeriesCache } from "@bellwether/analytics/features/series";
import { SESSION_LOOKBACK_MS } from "@bellwether/analytics/features/sessionsSql";
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
  /** "all": everything a night computes, with the quality gate. */
  readonly families: readonly FeatureFamily[] | "all";
  readonly detectors: readonly Detector[];
}

/** Days landed, and their numbers computed, at once; cells make them large. */
const BATCH_DAYS = 20;
const BATCH_DAYS_ALL = 10;
const DAY_MS = 86_400_000;

/** Every finding as it was first published, in order. */
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
    const batchDays = wish.families === "all" ? BATCH_DAYS_ALL : BATCH_DAYS;
    for (let from = 0; from < wish.days; from += batchDays) {
      const batch = Array.from({ length: Math.min(batchDays, wish.days - from) }, (_, i) => from + i);
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
  const gateOf = await computeDays(nightly.store, wish.families, { pairs, fromMs, toMs });
  await nightly.series.refresh(pairs, fromMs - SESSION_LOOKBACK_MS);
  const findings: Finding[] = [];
  for (const day of batch.map(nameOf)) {
    const peers = await nightly.peers.on(day, profiles.length, toMs);
    const chargeFleet = await nightly.chargePlaces.on(day, toMs);
    for (const profile of profiles) {
      const gated = gateOf({ vin: profile.vin, day });
      if (gated !== undefined) findings.push(...judgeCar(nightly, profile, { day, peers, chargeFleet, gated }));
    }
  }
  return findings;
}

type Gated = Pick<GateResult, "lastMs" | "reason"> | { readonly lastMs: null; readonly reason: null };

/** Computes the days' numbers; what the gate says of a vehicle-day, undefined where the car did not report. */
async function computeDays(
  store: ColumnStore,
  families: NightlyLane["families"],
  { pairs, fromMs, toMs }: { readonly pairs: readonly VehicleDay[]; readonly fromMs: number; readonly toMs: number },
): Promise<(pair: VehicleDay) => Gated | undefined> {
  if (families !== "all") {
    const params = { ...pairParams(pairs), from: fromMs, to: toMs, now: new Date(toMs) };
    await store.command(familiesInsertSql(families, dayRows(0, "1", pairs)), { params });
    return () => ({ lastMs: null, reason: null });
  }
  const { gate } = await computeFeatures({ store, offsetMinutes: 0, rowFilter: "1", nowMs: toMs }, pairs);
  const results = new Map(gate.map((result) => [`${result.vin}/${result.day}`, result]));
  return ({ vin, day }) => results.get(`${vin}/${day}`);
}

/** One evening of the fleet, as one car sees it. */
interface FleetOfDay {
  readonly day: string;
  readonly peers: Awaited<ReturnType<PeerTable["on"]>>;
  readonly chargeFleet: Awaited<ReturnType<ReturnType<typeof createChargePlaces>["on"]>>;
  readonly gated: Gated;
}

function judgeCar(
  { series, states, texts, detectors }: Nightly,
  { vin, model, chemistry, nominalAh }: VehicleProfile,
  { day, peers, chargeFleet, gated }: FleetOfDay,
): Finding[] {
  const state = states.get(vin) ?? newVehicleState();
  const master = { model, chemistry, nominalAh };
  const known = { vin, day, offsetMinutes: 0, lastDataMs: gated.lastMs, series: series.of(vin), state, peerBaselineAh: null };
  const view = viewOf({ ...known, master, peers: peers.peersOf(master), chargeFleet });
  let { detections } = state;
  const findings = detectors.flatMap((detector) => {
    const judged = gated.reason !== null && detector.needsCells ? null : detector.judge(view).detections;
    if (judged === null) return [];
    const tracked = trackDetections(detector, view, judged, detections, texts);
    detections = [...tracked.detections];
    return tracked.findings.filter((finding) => finding.state === "active");
  });
  states.set(vin, { ...state, detections });
  return findings;
}
