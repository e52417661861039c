import { describe, expect, it } from "vitest";
import { loadRules } from "../catalogue.ts";
import type { DetectionState } from "../engine/state.ts";
import { newVehicleState } from "../engine/state.ts";
import type { DetectorTexts } from "../rules/schema.ts";
import type { Detector, VehicleView } from "./detector.ts";
import { defineSettings, parameterName, settingsFor, settingsHash, stageOf } from "./settings.ts";
import { trackDetections } from "./track.ts";
import { viewOf } from "./view.ts";

const files = (await loadRules()).detectors;
const file = (id: string): DetectorTexts => {
  const found = files.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no file of ${id}`);
  return found;
};
const brakes: DetectorTexts = {
  ...file("brake-pads"),
  overrides: [
    { where: { model: "ZE-80", market: "NO" }, set: { advice_km: 8000 } },
    { where: { model: "ZE-80" }, set: { advice_km: 7000, warning_km: 2000 } },
  ],
};
const segment = (model: string, market: string) => ({ model, market, chemistry: null });

describe("settings of a detector", () => {
  const settings = defineSettings("brake-pads", { adviceKm: 5000, warningKm: 1500 });

  it("are the code's where no file speaks, and the file's where it does", () => {
    expect(settings.of({})).toEqual({ adviceKm: 5000, warningKm: 1500 });
    expect(settings.of({ settings: new Map([["brake-pads", { advice_km: 6000 }]]) })).toEqual({ adviceKm: 6000, warningKm: 1500 });
    expect(settings.of({ settings: new Map([["tyre-leak", { advice_km: 6000 }]]) }).adviceKm).toBe(5000);
  });

  it("come from the first override that sets them; one that leaves them out inherits", () => {
    expect(settingsFor([brakes], segment("ZE-80", "NO"))).toMatchObject({ advice_km: 8000, warning_km: 2000, warning_pct: 90 });
    expect(settingsFor([brakes], segment("ZE-80", "DE"))).toMatchObject({ advice_km: 7000, warning_km: 2000 });
    expect(settingsFor([brakes], segment("other", "NO"))).toMatchObject({ advice_km: 5000, warning_km: 1500 });
  });

  it("are hashed without the wording", () => {
    const detector = { id: "brake-pads", version: 1 };
    const hash = settingsHash(detector, [brakes]);
    expect(hash).toMatch(/^[0-9a-f]{12}$/);
    expect(settingsHash(detector, [{ ...brakes, rationale: "another" }])).toBe(hash);
    expect(settingsHash(detector, [{ ...brakes, overrides: [] }])).not.toBe(hash);
    expect(settingsHash({ ...detector, version: 2 }, [brakes])).not.toBe(hash);
  });

  it.each([
    ["ownRiseK", "own_rise_k"],
    ["peerZ", "peer_z"],
    ["limitOhmPerV", "limit_ohm_per_v"],
  ])("%s is %s in a file", (setting, name) => {
    expect(parameterName(setting)).toBe(name);
  });
});

describe("the status of a detector", () => {
  const detector: Detector = {
    ...{ id: "brake-pads", sourceIds: ["brake-pads"], version: 1, clearAfterDays: 7, needsCells: false },
    judge,
  };
  function judge() {
    return { detections: null, notEvaluated: null };
  }

  function evening(day: string): VehicleView {
    const series = { cellDays: [], sessions: [], daily: {} };
    const known = { offsetMinutes: 0, lastDataMs: null, state: newVehicleState(), master: null, peerBaselineAh: null };
    return viewOf({ vin: "V1", day, series, ...known });
  }

  /** One evening after another with the worn pad there each time, each under the status given. */
  function say(...statuses: readonly DetectorTexts["status"][]) {
    let before: readonly DetectionState[] = [];
    return statuses.map((status, at) => {
      const view = evening(`2026-03-0${at + 1}`);
      const evidence = { value: 1, unit: "km", low: null, high: null, threshold: null, samples: 1, readings: {}, series: [] };
      const times = { from: new Date(view.dayStartMs).toISOString(), to: new Date(view.lastDataMs).toISOString() };
      const detection = { sourceId: "brake-pads", component: "brake", cell: null, severity: "advice", words: {} } as const;
      const texts = new Map([["brake-pads", { ...brakes, status }]]);
      const tracked = trackDetections(detector, view, [{ ...detection, evidence: { ...evidence, ...times } }], before, texts, "abc");
      before = tracked.detections;
      return { told: tracked.findings, shadow: tracked.shadow };
    });
  }

  it("shadow: on record, told to nobody, and no reason for other detectors to hold back", () => {
    const [first] = say("shadow");
    expect(first?.told).toEqual([]);
    expect(first?.shadow).toMatchObject([{ state: "active", source: { id: "brake-pads", hash: "abc" } }]);
  });

  it("draft and retired: nothing", () => {
    for (const status of ["draft", "retired"] as const) expect(say(status)).toEqual([{ told: [], shadow: [] }]);
  });

  it("shadow to live: the shadow's episode ends and the finding opens; live to retired: it is cleared", () => {
    const [, second, third, fourth] = say("shadow", "live", "live", "retired");
    expect(second?.shadow).toMatchObject([{ state: "cleared" }]);
    expect(second?.told).toMatchObject([{ state: "active", firstSeen: "2026-03-02T23:59:59.999Z" }]);
    expect(third).toEqual({ told: [], shadow: [] });
    expect(fourth?.told).toMatchObject([{ state: "cleared", id: second?.told[0]?.id }]);
  });

  it("counts only within its effective dates", () => {
    const dated = { status: "live", effective: { from: "2026-03-02", until: "2026-04-01" } } as const;
    expect(["2026-03-01", "2026-03-02", "2026-03-31", "2026-04-01"].map((day) => stageOf(dated, day))).toEqual([
      null,
      "live",
      "live",
      null,
    ]);
  });
});
