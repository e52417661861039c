import { createRandom } from "@bellwether/simulator/random";
import { describe, expect, it } from "vitest";
import { loadRules } from "../../catalogue.ts";
import { CODE_BITS } from "../../codes/codeBits.ts";
import { learnRepairRisk } from "../../codes/repairRisk.ts";
import { newVehicleState } from "../../engine/state.ts";
import { evidenceGaps } from "../evidenceGaps.ts";
import { trackDetections } from "../track.ts";
import { viewOf } from "../view.ts";
import { troubleCodeDetector } from "./troubleCodeDetector.ts";

const CONFIRMED = CODE_BITS.reported + CODE_BITS.confirmed;

/** The evening of the last of the given days of March 2026. */
function viewWith(valuesByDay: Readonly<Record<number, Readonly<Record<string, number>>>>, today: number) {
  const name = (day: number) => `2026-03-${String(day).padStart(2, "0")}`;
  const codes = Object.entries(valuesByDay).map(([day, values]) => ({ day: name(Number(day)), samples: 1, values }));
  const series = { cellDays: [], sessions: [], daily: { codes } };
  const rest = { offsetMinutes: 480, lastDataMs: null, state: newVehicleState(), master: null, peerBaselineAh: null };
  return viewOf({ vin: "V1", day: name(today), series, ...rest });
}

describe("the trouble-code detector", () => {
  it("makes one finding per component, about its most urgent code", () => {
    const view = viewWith({ 1: { "obd:P0AA1": CONFIRMED, "obd:P0A7F": CONFIRMED, "uds:C0049-00": CONFIRMED, "tesla:Odd": CONFIRMED } }, 1);
    const { detections } = troubleCodeDetector.judge(view);
    expect(detections?.map(({ component, severity, evidence }) => [component, severity, evidence.readings["code"]])).toEqual([
      ["battery", "critical", "P0AA1"],
      ["vehicle", "info", "Odd"],
      ["brake_fluid", "warning", "C0049-00"],
    ]);
    expect(detections?.[0]?.evidence.readings["other_codes"]).toBe("P0A7F");
  });

  it("tells faults of the brakes apart from worn pads and from the rest, in words of their own", async () => {
    const codes = { "obd:C0049": CONFIRMED, "obd:U0129": CONFIRMED, "obd:C004A": CONFIRMED, "obd:U0100": CONFIRMED };
    const view = viewWith({ 1: codes }, 1);
    const { detections } = troubleCodeDetector.judge(view);
    expect(detections?.map(({ sourceId, component }) => [sourceId, component])).toEqual([
      ["brake-fluid-codes", "brake_fluid"],
      ["trouble-codes", "brake"],
      ["trouble-codes", "vehicle"],
      ["brake-system-codes", "brake_system"],
    ]);
    const catalogue = await loadRules();
    const texts = new Map(catalogue.detectors.map((shipped) => [shipped.id, shipped]));
    for (const sourceId of troubleCodeDetector.sourceIds) expect(catalogue.findAdvice(sourceId)).not.toBeNull();
    const { findings } = trackDetections(troubleCodeDetector, view, detections ?? [], [], texts);
    expect(findings[0]?.sentence).toBe("Brake fluid code C0049 (brake fluid level) is confirmed; seen once since 2026-03-01.");
    expect(findings[3]?.sentenceZh).toContain("制动系统故障码U0129（与制动模块通信丢失）");
  });

  it("says how likely a repair is by the hazard, where one was learnt for the component", async () => {
    const random = createRandom(2);
    const cases = Array.from({ length: 300 }, (_, i) => {
      const codes = i % 2 === 0 ? ["obd:P0A80"] : ["obd:P0A7F"];
      const instant = { unit: `V${i}`, atMs: Date.parse("2026-01-01"), now: codes, active: codes, partAgeMs: new Map<string, number>() };
      return { instant, unitAgeYears: null, failed: random.chance(i % 2 === 0 ? 0.7 : 0.1) };
    });
    const risk = learnRepairRisk(cases);
    if (risk === null) throw new Error("expected a hazard");
    const view = { ...viewWith({ 1: { "obd:P0A80": CONFIRMED } }, 1), repairRisks: new Map([["battery", risk]]) };
    const { detections } = troubleCodeDetector.judge(view);
    expect(detections?.[0]?.evidence.readings).toMatchObject({ repair_outlook: "hazard", repair_of: "battery", repair_cases: 300 });
    expect(detections?.[0]?.evidence.readings["repair_probability"]).toBeGreaterThan(0.6);
    const texts = new Map((await loadRules()).detectors.map((shipped) => [shipped.id, shipped]));
    const { findings } = trackDetections(troubleCodeDetector, view, detections ?? [], [], texts);
    expect(findings[0]?.sentence).toMatch(/probability of a repair within 30 days [67]\d % by 300 cases of this fleet\.$/);
    expect(findings[0]?.sentenceZh).toMatch(/30天内维修的概率为[67]\d%。$/);
  });

  it("waits for confirmation, raises what comes back, and lets go of what has healed", () => {
    expect(troubleCodeDetector.judge(viewWith({ 1: { "obd:P0A93": CODE_BITS.reported } }, 1)).detections).toEqual([]);
    const back = { 1: { "obd:P0A7F": CONFIRMED }, 5: { "obd:P0A7F": CONFIRMED }, 9: { "obd:P0A7F": CONFIRMED } };
    expect(troubleCodeDetector.judge(viewWith(back, 9)).detections?.[0]?.severity).toBe("warning");
    expect(troubleCodeDetector.judge(viewWith(back, 25)).detections).toEqual([]);
  });

  it("speaks both languages", async () => {
    const texts = new Map((await loadRules()).detectors.map((shipped) => [shipped.id, shipped]));
    const view = viewWith({ 1: { "obd:P0A80": CONFIRMED, "obd:P0A7F": CONFIRMED } }, 1);
    const { findings } = trackDetections(troubleCodeDetector, view, troubleCodeDetector.judge(view).detections ?? [], [], texts);
    expect(findings[0]?.sentence).toBe("Trouble code P0A80 (replace pack) is confirmed; seen once since 2026-03-01; also P0A7F.");
    expect(findings[0]?.sentenceZh).toBe("故障码P0A80（需更换动力电池）已确认；自2026-03-01起共出现1次；另有P0A7F。");
    expect(findings.map(evidenceGaps)).toEqual(findings.map(() => []));
    expect(findings[0]?.evidence.from).toBe("2026-02-28T16:00:00.000Z");
    expect(findings[0]?.evidence.readings).toMatchObject({ repair_probability: null, repair_outlook: "not_enough_history" });
    expect(findings[0]?.evidence.readings).toMatchObject({ episodes_30_days: 1, codes_same_day: 2, is_burst: false });
    const learnt = { codes: ["obd:P0A80"], component: "battery", horizonDays: 30, occurrences: 18, followed: 14, low90: 0.59, high90: 0.9 };
    const informed = { ...view, codeSets: [learnt] };
    const told = trackDetections(troubleCodeDetector, informed, troubleCodeDetector.judge(informed).detections ?? [], [], texts).findings;
    expect(told[0]?.sentence).toContain("also P0A7F; in this fleet a repair followed within 30 days in 14 of 18 cases.");
    expect(told[0]?.sentenceZh).toContain("；本车队中18例有14例在30天内维修。");
    expect(told[0]?.evidence.readings).toMatchObject({ repair_probability: 0.75, repair_of: "battery", repair_low90: 0.59 });
  });
});
