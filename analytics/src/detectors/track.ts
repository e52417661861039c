import { type Evidence, type Finding, SEVERITIES } from "@bellwether/contracts/finding";
import { addDays, type Day, daysBetween } from "../engine/days.ts";
import type { DetectionState } from "../engine/state.ts";
import { findingId } from "../findingId.ts";
import type { DetectorTexts } from "../rules/schema.ts";
import { fillSentence } from "../sentence.ts";
import type { Detection, Detector, VehicleView } from "./detector.ts";
import { stageOf } from "./settings.ts";

/** An open finding of a detector is published again this often while it lasts. */
const HEARTBEAT_DAYS = 7;

const DAY_MS = 86_400_000;

export interface Tracked {
  readonly detections: readonly DetectionState[];
  /** To be told. */
  readonly findings: readonly Finding[];
  /** Of sources in shadow: for the record only. */
  readonly shadow: readonly Finding[];
}

/** The files of the detectors, by id, and the hash of the one at work. */
interface DetectorFiles {
  readonly texts: ReadonlyMap<string, DetectorTexts>;
  readonly hash: string | undefined;
}

/**
 * Turns today's detections into findings: a new one opens, a known one keeps its id and is published when it gets more
 * severe or once a week, and one that has not been seen for the detector's `clearAfterDays` is cleared. A source whose status has
 * changed begins again: what it had open ends, and what it still holds opens under its new status.
 */
export function trackDetections(
  detector: Detector,
  view: VehicleView,
  detections: readonly Detection[],
  before: readonly DetectionState[],
  texts: ReadonlyMap<string, DetectorTexts>,
  hash?: string,
): Tracked {
  const files: DetectorFiles = { texts, hash };
  const stage = (sourceId: string) => stageOf(files.texts.get(sourceId), view.day);
  const own = before.filter((state) => detector.sourceIds.includes(state.sourceId));
  const going = own.filter((state) => stage(state.sourceId) === state.stage);
  const after: DetectionState[] = before.filter((state) => !detector.sourceIds.includes(state.sourceId));
  const findings: Record<DetectionState["stage"], Finding[]> = { live: [], shadow: [] };
  for (const detection of detections) {
    const current = stage(detection.sourceId);
    if (current === null) continue;
    const known = going.find((state) => isSame(state, detection));
    const state = known === undefined ? opened(detection, view, current) : continued(known, detection, view);
    after.push(state);
    if (state.publishedDay === view.day) findings[current].push(toFinding(detector, view, detection, state, files));
  }
  for (const state of own) {
    const isGoing = going.includes(state);
    if (isGoing && detections.some((detection) => isSame(state, detection))) continue;
    if (isGoing && daysBetween(state.seenDay, view.day) < detector.clearAfterDays) after.push(state);
    else findings[state.stage].push(clearedFinding(detector, view, state, files));
  }
  return { detections: after, findings: findings.live, shadow: findings.shadow };
}

/** Whether both speak of the same fault. */
function isSame(state: DetectionState, detection: Detection): boolean {
  return state.sourceId === detection.sourceId && state.component === detection.component && state.cell === detection.cell;
}

function opened(detection: Detection, view: VehicleView, stage: DetectionState["stage"]): DetectionState {
  const { sourceId, component, cell, severity } = detection;
  const { vin, day, lastDataMs } = view;
  const id = findingId({ vin, sourceId, component, cell, start: stage === "live" ? day : `${day} shadow` });
  const fromMs = Date.parse(detection.evidence.from);
  const times = { fromMs, knownMs: lastDataMs, seenMs: lastDataMs, seenDay: day, publishedDay: day, commonCause: null };
  return { findingId: id, sourceId, component, cell, severity, stage, ...times };
}

function continued(state: DetectionState, detection: Detection, { day, lastDataMs }: VehicleView): DetectionState {
  const isWorse = SEVERITIES.indexOf(detection.severity) > SEVERITIES.indexOf(state.severity);
  const isDue = daysBetween(state.publishedDay, day) >= HEARTBEAT_DAYS;
  const severity = isWorse ? detection.severity : state.severity;
  return { ...state, severity, seenMs: lastDataMs, seenDay: day, publishedDay: isWorse || isDue ? day : state.publishedDay };
}

function toFinding(detector: Detector, view: VehicleView, detection: Detection, state: DetectionState, files: DetectorFiles): Finding {
  const text = files.texts.get(detection.sourceId);
  const words = { ...detection.words, reportedDay: reportedDay(view, state) };
  return {
    ...head(detector, view, state, files),
    state: "active",
    lastSeen: detection.evidence.to,
    evidence: { ...detection.evidence, readings: readingsOf(detection, state), ...disproofOf(text) },
    sentence: fillSentence(text?.sentence.en ?? "", words),
    sentenceZh: fillSentence(text?.sentence.zh ?? "", words),
  };
}

/** Day of `firstSeen` in the fleet's zone. */
function reportedDay({ day, dayStartMs }: VehicleView, { knownMs }: DetectionState): Day {
  return addDays(day, Math.floor((knownMs - dayStartMs) / DAY_MS));
}

/** A finding that a fleet finding explains names it. */
function readingsOf({ evidence }: Detection, { commonCause }: DetectionState): Evidence["readings"] {
  return commonCause === null ? evidence.readings : { ...evidence.readings, common_cause: commonCause };
}

function disproofOf(text: DetectorTexts | undefined): Pick<Evidence, "disprovedBy" | "disprovedByZh"> {
  const { disprovedBy = "", disprovedByZh } = text ?? {};
  return { disprovedBy, ...(disprovedByZh === undefined ? {} : { disprovedByZh }) };
}

function clearedFinding(detector: Detector, view: VehicleView, state: DetectionState, files: DetectorFiles): Finding {
  const text = files.texts.get(state.sourceId);
  const lastSeen = new Date(state.seenMs).toISOString();
  return {
    ...head(detector, view, state, files),
    state: "cleared",
    lastSeen,
    evidence: {
      value: null,
      unit: "",
      low: null,
      high: null,
      threshold: null,
      from: new Date(state.fromMs).toISOString(),
      to: lastSeen,
      samples: 0,
      readings: { last_seen_day: state.seenDay, cleared_on: view.day },
      series: [],
      ...disproofOf(text),
    },
    sentence: `${text?.title.en ?? state.sourceId}: no longer seen since ${state.seenDay}.`,
    sentenceZh: `${text?.title.zh ?? state.sourceId}：自 ${state.seenDay} 起不再出现。`,
  };
}

function head(
  detector: Detector,
  view: VehicleView,
  state: DetectionState,
  { hash }: DetectorFiles,
): Pick<Finding, "id" | "vin" | "source" | "component" | "severity" | "firstSeen" | "cell"> {
  return {
    id: state.findingId,
    vin: view.vin,
    source: { kind: "detector", id: state.sourceId, version: detector.version, ...(hash === undefined ? {} : { hash }) },
    component: state.component,
    // Explained by a common cause: not worth telling an owner, unless it is critical.
    severity: state.commonCause !== null && state.severity !== "critical" ? "info" : state.severity,
    firstSeen: new Date(state.knownMs).toISOString(),
    cell: state.cell,
  };
}
