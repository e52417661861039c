import { createHash } from "node:crypto";
import { addDays, type Day, dayOf } from "../engine/days.ts";
import type { Engine, Stage, Step } from "../engine/engine.ts";
import { type DetectionState, insertIdempotent } from "../engine/state.ts";
import { readMasterData } from "../features/masterData.ts";
import { type CommonCause, commonCauseOf } from "../fleet/commonCause.ts";

const RATE_DAYS = 28;
const NEVER = "1970-01-01";

/** Findings of one detector in one model that opened on one day. */
interface Group {
  readonly sourceId: string;
  readonly model: string;
  readonly day: Day;
}

/**
 * Where a detector opens in many vehicles of a model on one day, that is one finding about the fleet: it is written to
 * `fleet_findings`, and the vehicles' own findings carry its id and are not worth telling an owner (severity info). What is critical
 * stays critical: better many calls than none.
 */
export const commonCause: Stage = {
  name: "common-cause",
  async run(engine, step) {
    const groups = openedGroups(engine, step);
    if (groups.size === 0) return;
    const master = await readMasterData(engine.store);
    const modelOf = (vin: string) => master.get(vin)?.model ?? "";
    const found = [...groupsOf(groups, modelOf).values()].flatMap((group) => judgeGroup(engine, group, modelOf));
    for (const { id, vins, group } of found) link(engine, step, { id, vins, group });
    await insertIdempotent(
      engine.store,
      "fleet_findings",
      found.map(({ row }) => row),
    );
  },
};

/** Openings among the step's findings: what was first seen with the data it was last seen with. */
function openedGroups({ config }: Engine, step: Step): ReadonlyMap<string, { vin: string; sourceId: string; day: Day }> {
  const opened = step.findings.filter(
    ({ finding }) => finding.source.kind === "detector" && finding.state === "active" && finding.firstSeen === finding.lastSeen,
  );
  return new Map(
    opened.map(({ finding }) => {
      const day = dayOf(Date.parse(finding.firstSeen), config.analyticsDayOffsetMinutes);
      return [finding.id, { vin: finding.vin, sourceId: finding.source.id, day }];
    }),
  );
}

function groupsOf(opened: ReturnType<typeof openedGroups>, modelOf: (vin: string) => string): ReadonlyMap<string, Group> {
  const groups = [...opened.values()].map(({ vin, sourceId, day }): Group => ({ sourceId, day, model: modelOf(vin) }));
  return new Map(groups.filter(({ model }) => model !== "").map((group) => [`${group.sourceId}/${group.model}/${group.day}`, group]));
}

interface Found {
  readonly id: string;
  readonly group: Group;
  readonly vins: readonly string[];
  readonly row: object;
}

/** Counts over all vehicles in memory, so that those whose day had closed earlier count as well. */
function judgeGroup(engine: Engine, group: Group, modelOf: (vin: string) => string): Found[] {
  const { analyticsDayOffsetMinutes: offsetMinutes } = engine.config;
  const vins: string[] = [];
  let [before, groupSize] = [0, 0];
  const since = addDays(group.day, -RATE_DAYS);
  for (const [vin, { detections }] of engine.state.vehicles) {
    if (modelOf(vin) !== group.model) continue;
    groupSize += 1;
    const days = detections.filter(({ sourceId }) => sourceId === group.sourceId).map(({ knownMs }) => dayOf(knownMs, offsetMinutes));
    if (days.includes(group.day)) vins.push(vin);
    else if (days.some((day) => day >= since && day < group.day)) before += 1;
  }
  const cause = commonCauseOf({ vehicles: vins.length, before, groupSize });
  if (cause === null) return [];
  const id = createHash("sha256").update(`common-cause\n${group.sourceId}\n${group.model}\n${group.day}`).digest("hex").slice(0, 24);
  return [{ id, group, vins: vins.sort(), row: fleetRow({ id, group, vins, groupSize, cause }, engine) }];
}

function fleetRow(
  { id, group, vins, groupSize, cause }: { id: string; group: Group; vins: readonly string[]; groupSize: number; cause: CommonCause },
  { catalogue, state }: Engine,
): object {
  const { sourceId, model, day } = group;
  const title = catalogue.findAdvice(sourceId)?.title ?? { en: sourceId, zh: sourceId };
  const disprovedBy = "The vehicles have nothing in common on that day: no software, service, supplier or weather.";
  const disprovedByZh = "这些车辆当天在软件、维修、供应商或天气方面没有任何共同点。";
  return {
    ...{ id, day, kind: "common-cause", source_id: sourceId, group_kind: "model", group_name: model },
    ...{ vehicles: vins.length, expected: cause.expected, group_size: groupSize, p_value: cause.pValue, vins },
    evidence: JSON.stringify({
      value: vins.length,
      unit: "vehicles",
      threshold: null,
      method: "common-cause 1",
      disprovedBy,
      disprovedByZh,
    }),
    sentence: `${title.en}: first seen in ${vins.length} of ${groupSize} vehicles of ${model} on ${day}; ${cause.expected.toPrecision(2)} were to be expected. One cause for all (software, data) is likelier than ${vins.length} faults.`,
    sentence_zh: `${title.zh}：${day}当天${model}共${groupSize}辆车中有${vins.length}辆首次出现，预期为${cause.expected.toPrecision(2)}辆。更可能是同一原因（软件或数据），而非${vins.length}个故障。`,
    revision: state.step,
  };
}

/** One that was told before this step is told again with the next day of the vehicle, now with its cause. */
function explained(detection: DetectionState, { id, step }: { readonly id: string; readonly step: Step }): DetectionState {
  const isTold = detection.commonCause === null && !step.findings.some(({ finding }) => finding.id === detection.findingId);
  return { ...detection, commonCause: id, publishedDay: isTold ? NEVER : detection.publishedDay };
}

function link({ state, config }: Engine, step: Step, { id, vins, group }: Pick<Found, "id" | "vins" | "group">): void {
  const isOfGroup = (detection: DetectionState) =>
    detection.sourceId === group.sourceId && dayOf(detection.knownMs, config.analyticsDayOffsetMinutes) === group.day;
  const linked = new Set<string>();
  for (const vin of vins) {
    const vehicle = state.vehicles.get(vin);
    if (vehicle === undefined) continue;
    const detections = vehicle.detections.map((detection) => (isOfGroup(detection) ? explained(detection, { id, step }) : detection));
    for (const detection of detections) if (detection.commonCause === id) linked.add(detection.findingId);
    state.vehicles.set(vin, { ...vehicle, detections });
    step.changed.add(vin);
  }
  step.findings.forEach((dated, i) => {
    const { finding } = dated;
    if (!linked.has(finding.id) || finding.severity === "critical") return;
    const evidence = { ...finding.evidence, readings: { ...finding.evidence.readings, common_cause: id } };
    step.findings[i] = { ...dated, finding: { ...finding, severity: "info", evidence } };
  });
}
