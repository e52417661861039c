import { median } from "simple-statistics";
import type { Detector, Judgement, VehicleMaster, VehicleView } from "../detectors/detector.ts";
import { DETECTORS } from "../detectors/detectors.ts";
import { firingOf } from "../detectors/recordFindings.ts";
import { settingsFor, settingsHash, stageOf } from "../detectors/settings.ts";
import { trackDetections } from "../detectors/track.ts";
import { viewOf } from "../detectors/view.ts";
import { type Day, daysBetween } from "../engine/days.ts";
import type { Engine, Stage, Step } from "../engine/engine.ts";
import { insertIdempotent, newVehicleState, type VehicleState } from "../engine/state.ts";
import { coldOn, readColdForecasts } from "../features/coldForecasts.ts";
import { qualityTableRow } from "../features/dataQuality.ts";
import { forecastTableRow } from "../features/forecastRow.ts";
import { healthTableRow } from "../features/health.ts";
import { readMasterData } from "../features/masterData.ts";
import type { DetectorTexts } from "../rules/schema.ts";
import { unjudgedRules } from "../rules/tally.ts";

/** Vehicles of a model that must have a baseline before it speaks for the others. */
const PEERS_MIN = 5;
const NOTED_EVERY_DAYS = 7;

/** Runs every detector over the closing days, oldest day first; a vehicle's series ends with the day under judgement. */
export const detect: Stage = {
  name: "detect",
  async run(engine, step) {
    if (step.closing.length === 0) return;
    const master = await readMasterData(engine.store);
    const colds = await readColdForecasts(engine.store);
    const runs = detectorRuns(engine);
    const settingsOf = createSettings(runs);
    const gate = new Map(step.gate.map((result) => [`${result.vin}/${result.day}`, result]));
    const { analyticsDayOffsetMinutes: offsetMinutes } = engine.config;
    const rows: Judging["rows"] = { health: [], forecasts: [], notEvaluated: [], quality: [] };
    let fleet = { day: "", baselines: new Map<string, number>(), peers: await engine.peers.on("", 0, 0) };
    for (const { vin, day } of step.closing) {
      if (fleet.day !== day) {
        const peers = await engine.peers.on(day, engine.state.vehicles.size, engine.now());
        fleet = { day, baselines: peerBaselines(engine, master), peers };
      }
      const peerBaselineAh = fleet.baselines.get(master.get(vin)?.model ?? "") ?? null;
      const state = engine.state.vehicles.get(vin) ?? newVehicleState();
      const gated = gate.get(`${vin}/${day}`);
      const series = engine.series.of(vin);
      const known = { vin, day, offsetMinutes, lastDataMs: gated?.lastMs ?? null, series, state, peerBaselineAh };
      const ownMaster = master.get(vin) ?? null;
      const expectedColdC = coldOn(colds, ownMaster?.market ?? "", day);
      const learnt = await learntFor(engine, { vin, day, model: ownMaster?.model ?? "" }, master);
      const evening = { ...known, ...learnt, master: ownMaster, expectedColdC, peers: fleet.peers.peersOf(ownMaster) };
      const view = { ...viewOf(evening), settings: settingsOf(ownMaster) };
      judgeVehicle(engine, step, view, { runs, isWithheld: (gated?.reason ?? null) !== null, rows });
      step.changed.add(vin);
    }
    await insertIdempotent(engine.store, "health", rows.health);
    await insertIdempotent(engine.store, "forecasts", rows.forecasts);
    await insertIdempotent(engine.store, "not_evaluated", rows.notEvaluated);
    await insertIdempotent(engine.store, "data_quality", rows.quality);
    step.counts.notEvaluated += rows.notEvaluated.length;
  },
};

/** What other vehicles have taught before the day's week about a vehicle of this model. */
async function learntFor(
  engine: Engine,
  { vin, day, model }: { readonly vin: string; readonly day: Day; readonly model: string },
  master: ReadonlyMap<string, VehicleMaster>,
) {
  const now = engine.now();
  const fades = engine.fades.on(day, engine.state.vehicles, (other) => master.get(other)?.model ?? "");
  const chargeModels = await engine.chargeModels.on(day, engine.state.vehicles.size, now);
  const brakeWear = await engine.brakeWear.on(day, now);
  return {
    fadeFleet: fades.get(model) ?? null,
    chargeModel: chargeModels.get(model) ?? null,
    chargeFleet: await engine.chargePlaces.on(day, now),
    padWear: brakeWear?.of(vin, model) ?? null,
    codeSets: await engine.learntSets.on(day, now),
    repairRisks: await engine.repairRisks.on(day, now),
  };
}

/** A detector with its files. */
interface DetectorRun {
  readonly detector: Detector;
  readonly files: readonly DetectorTexts[];
  readonly texts: ReadonlyMap<string, DetectorTexts>;
  /** Of its method and settings; undefined: it has no files. */
  readonly hash: string | undefined;
}

/** Every detector with what its files say now. */
function detectorRuns({ catalogue }: Engine): readonly DetectorRun[] {
  const texts = new Map(catalogue.detectors.map((file) => [file.id, file]));
  return DETECTORS.map((detector) => {
    const files = detector.sourceIds.flatMap((id) => texts.get(id) ?? []);
    return { detector, files, texts, hash: files.length === 0 ? undefined : settingsHash(detector, files) };
  });
}

/** What the files set for one kind of vehicle, by detector; the same for all vehicles of the kind. */
function createSettings(runs: readonly DetectorRun[]): (master: VehicleMaster | null) => VehicleView["settings"] & object {
  const byKind = new Map<string, VehicleView["settings"] & object>();
  return (master) => {
    const { model = null, chemistry = null, market = null } = master ?? {};
    const kind = JSON.stringify([model, chemistry, market]);
    const known = byKind.get(kind);
    if (known !== undefined) return known;
    const settings = new Map(runs.map(({ detector, files }) => [detector.id, settingsFor(files, { model, chemistry, market })]));
    byKind.set(kind, settings);
    return settings;
  };
}

/** Whether nothing of the detector's is in force on that day. */
function isOff({ detector, texts }: DetectorRun, day: Day): boolean {
  return detector.sourceIds.every((id) => stageOf(texts.get(id), day) === null);
}

interface Judging {
  readonly runs: readonly DetectorRun[];
  /** The quality gate has withheld this day and said so. */
  readonly isWithheld: boolean;
  readonly rows: { readonly health: object[]; readonly forecasts: object[]; readonly notEvaluated: object[]; readonly quality: object[] };
}

function judgeVehicle(engine: Engine, step: Step, view: VehicleView, { runs, isWithheld, rows }: Judging): void {
  let state = engine.state.vehicles.get(view.vin) ?? newVehicleState();
  const computedAtMs = engine.now();
  for (const run of runs) {
    const { detector } = run;
    if (isWithheld && detector.needsCells) continue;
    const judged = detector.judge(view);
    // What it measures besides (health, coverage) goes on; nothing is found any more, and nobody asks why.
    const judgement = isOff(run, view.day) ? { ...judged, detections: [], notEvaluated: null } : judged;
    const { detections, notEvaluated } = judgement;
    if (detections !== null) {
      const tracked = trackDetections(detector, view, detections, state.detections, run.texts, run.hash);
      const atMs = view.dayEndMs + engine.config.analyticsDayGraceMs;
      step.findings.push(...tracked.findings.map((finding) => ({ atMs, finding })));
      step.firings.push(...tracked.findings.map((finding) => firingOf(finding, "live")));
      step.firings.push(...tracked.shadow.map((finding) => firingOf(finding, "shadow")));
      state = { ...state, detections: [...tracked.detections] };
    }
    keepRows(rows, view.vin, detector, judgement, computedAtMs);
    if (notEvaluated !== null && isWorthNoting(state.unjudged[detector.id], notEvaluated.reason, view.day)) {
      const computed_at = new Date(computedAtMs).toISOString();
      rows.notEvaluated.push({ vin: view.vin, day: view.day, source_id: detector.id, ...notEvaluated, computed_at });
      state = { ...state, unjudged: { ...state.unjudged, [detector.id]: { reason: notEvaluated.reason, day: view.day } } };
    }
    state = remember(state, detector.id, judgement);
  }
  const computed_at = new Date(computedAtMs).toISOString();
  for (const { ruleId, samples } of unjudgedRules(state.snapshot.tally, view.day)) {
    rows.notEvaluated.push({ vin: view.vin, day: view.day, source_id: ruleId, reason: "missing_signal", samples, computed_at });
  }
  engine.state.vehicles.set(view.vin, closeDay(state, view.day));
}

function keepRows(rows: Judging["rows"], vin: string, detector: Detector, judgement: Judgement, computedAtMs: number): void {
  const { health, quality, forecast } = judgement;
  if (health !== undefined) rows.health.push(healthTableRow(vin, detector, health, computedAtMs));
  if (quality !== undefined) rows.quality.push(qualityTableRow(vin, quality, computedAtMs));
  if (forecast !== undefined) rows.forecasts.push(forecastTableRow(vin, detector, forecast, computedAtMs));
}

/** The same reason is written down once a week while it lasts, not once a day for every vehicle and detector. */
function isWorthNoting(noted: { readonly reason: string; readonly day: Day } | undefined, reason: string, day: Day): boolean {
  return noted === undefined || noted.reason !== reason || daysBetween(noted.day, day) >= NOTED_EVERY_DAYS;
}

function remember(
  state: VehicleState,
  detectorId: string,
  { detections, notEvaluated, health, healthState, baselineAh }: Judgement,
): VehicleState {
  const { [detectorId]: _noted, ...others } = state.unjudged;
  const unjudged = detections === null || notEvaluated !== null ? state.unjudged : others;
  const lastHealthDay = health?.at ?? state.lastHealthDay;
  return { ...state, unjudged, lastHealthDay, health: healthState ?? state.health, baselineAh: baselineAh ?? state.baselineAh };
}

function closeDay(state: VehicleState, day: Day): VehicleState {
  const lastClosedDay = state.lastClosedDay !== null && state.lastClosedDay > day ? state.lastClosedDay : day;
  const tally = Object.fromEntries(Object.entries(state.snapshot.tally).filter(([open]) => open > lastClosedDay));
  return { ...state, snapshot: { ...state.snapshot, tally }, lastClosedDay, openDays: state.openDays.filter((open) => open !== day) };
}

/** Median baseline capacity per model, where enough vehicles have one. */
function peerBaselines(engine: Engine, master: ReadonlyMap<string, VehicleMaster>): Map<string, number> {
  const byModel = new Map<string, number[]>();
  for (const [vin, { baselineAh }] of engine.state.vehicles) {
    const model = master.get(vin)?.model ?? "";
    if (baselineAh !== null && model !== "") byModel.set(model, [...(byModel.get(model) ?? []), baselineAh]);
  }
  return new Map([...byModel].filter(([, all]) => all.length >= PEERS_MIN).map(([model, all]) => [model, median(all)]));
}
