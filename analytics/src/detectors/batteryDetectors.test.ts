import { describe, expect, it } from "vitest";
import { loadRules } from "../catalogue.ts";
import { newVehicleState } from "../engine/state.ts";
import { PEERS_MIN, type PeerGroup } from "../fleet/peers.ts";
import { currentSensorDetector } from "./currentSensorDetector.ts";
import type { Detector, VehicleView } from "./detector.ts";
import { DETECTORS } from "./detectors.ts";
import { evidenceGaps } from "./evidenceGaps.ts";
import { insulationTrendDetector } from "./insulationTrendDetector.ts";
import { packResistanceDetector } from "./packResistanceDetector.ts";
import { peerDriftDetector } from "./peerDriftDetector.ts";
import { probeDetector } from "./probeDetector.ts";
import { trackDetections } from "./track.ts";
import { viewOf } from "./view.ts";
import { weakestCellDetector } from "./weakestCellDetector.ts";

const DAYS = 78;
const DAY_MS = 86_400_000;
const START = Date.parse("2026-01-01T00:00:00Z");
const dayName = (day: number) => new Date(START + day * DAY_MS).toISOString().slice(0, 10);
const wobble = (day: number) => 1 + 0.01 * Math.sin(day * 12.9898);

function viewOfFamily(family: string, of: (day: number) => Record<string, number>, group: Partial<PeerGroup> | null = null): VehicleView {
  const days = Array.from({ length: DAYS }, (_, day) => ({ day: dayName(day), samples: 100, values: of(day) }));
  const whole = {
    kind: "model",
    name: "M",
    vehicles: PEERS_MIN,
    median: 1,
    mad: 0.1,
    quantiles: Array.from({ length: 21 }, () => 1),
  } as const;
  const master = { model: "M", chemistry: "NCM", nominalAh: 145 };
  const known = { vin: "V1", day: dayName(DAYS - 1), offsetMinutes: 0, lastDataMs: null, master, peerBaselineAh: null };
  const peers = { of: () => (group === null ? null : { ...whole, ...group }) };
  return viewOf({ ...known, state: newVehicleState(), peers, series: { cellDays: [], sessions: [], daily: { [family]: days } } });
}

const steps = (r25Mohm: number, more: Record<string, number> = {}) => ({ r25Mohm, steps: 20, stepGapS: 10, ...more });
const probes = (hotProbeLoadC: number, more: Record<string, number> = {}) => ({ hotProbe: 7, hotProbeLoadC, hotProbeIdleC: 0.2, ...more });
const rest = (restSpreadMv: number, more: Record<string, number> = {}) => ({
  ...{ restRows: 40, restLowCell: 33, restLowShare: 0.95, restSpreadMv, hasCells: 0 },
  ...more,
});

const FINDS: readonly (readonly [name: string, Detector, VehicleView, expected: object])[] = [
  [
    "a pack 60 % above its beginning",
    packResistanceDetector,
    viewOfFamily("load-steps", (d) => steps((d < 30 ? 80 : 128) * wobble(d))),
    { sourceId: "pack-resistance" },
  ],
  [
    "a pack 30 % above its beginning and far above its peers",
    packResistanceDetector,
    viewOfFamily("load-steps", (d) => steps((d < 30 ? 80 : 104) * wobble(d)), { median: 80, mad: 2, quantiles: [70, 80, 90] }),
    { sourceId: "pack-resistance", evidence: { readings: { peer_group: "model M" } } },
  ],
  [
    "insulation that passes 500 Ω/V within three months",
    insulationTrendDetector,
    viewOfFamily("insulation", (d) => ({ p10OhmPerV: 20_000 * 10 ** (-d / 75) * wobble(d), p10Kohm: 7000 * 10 ** (-d / 75) })),
    { sourceId: "insulation-trend", severity: "advice" },
  ],
  [
    "a probe that warms under load",
    probeDetector,
    viewOfFamily("probes", (d) => probes(d < 30 ? 0.8 : 4)),
    { sourceId: "probe-heating", severity: "advice" },
  ],
  [
    "a probe that warms with the current squared where currents are too small to show it otherwise",
    probeDetector,
    viewOfFamily("probes", (d) => ({ ...probes(0.8), warmProbe: 7, warmKPer100A: d < 30 ? 1 : 6 })),
    { sourceId: "probe-heating", severity: "advice", evidence: { readings: { probe: 7 } } },
  ],
  [
    "a pack that warms more than its peers",
    probeDetector,
    viewOfFamily("probes", () => ({ heatKPerKa2h: 2 }), { median: 0.9, mad: 0.05 }),
    { sourceId: "pack-heating" },
  ],
  [
    "a probe that is broken",
    probeDetector,
    viewOfFamily("probes", () => ({ brokenProbe: 4 })),
    { sourceId: "probe-sensor", severity: "info" },
  ],
  [
    "a probe that is off",
    probeDetector,
    viewOfFamily("probes", () => probes(0.5, { coldProbe: 3, coldProbeC: -18 })),
    { sourceId: "probe-sensor", evidence: { readings: { reason: "offset" } } },
  ],
  [
    "a current sensor off its zero",
    currentSensorDetector,
    viewOfFamily("load-steps", (d) => ({ parkedCurrentA: -4 * wobble(d) })),
    { sourceId: "current-sensor", evidence: { unit: "A" } },
  ],
  [
    "a current sensor that is stuck",
    currentSensorDetector,
    viewOfFamily("load-steps", () => ({ drivingRows: 90, drivingCurrentRangeA: 0, drivingVoltageRangeV: 20 })),
    { sourceId: "current-sensor", evidence: { readings: { reason: "stuck" } } },
  ],
  [
    "the cell that stays lowest and falls, where only extremes are reported",
    weakestCellDetector,
    viewOfFamily("extremes", (d) => rest(d < 20 ? 12 : 12 + d)),
    { sourceId: "weakest-cell", cell: 33, evidence: { readings: { mode: "degraded: only the lowest and highest cell are reported" } } },
  ],
];

const DRIFT: readonly (typeof FINDS)[number][] = [
  [
    "a pack that drifts away from its peers, for engineers",
    peerDriftDetector,
    viewOfFamily("load-steps", (d) => steps((80 + Math.max(0, d - 42) * 0.4) * wobble(d)), { median: 80, mad: 3, quantiles: [70, 80, 90] }),
    { sourceId: "peer-drift", severity: "info", evidence: { unit: "mΩ", readings: { feature: "load-steps/r25Mohm" } } },
  ],
];

const QUIET: readonly (readonly [name: string, Detector, VehicleView])[] = [
  ["a pack 20 % above its beginning", packResistanceDetector, viewOfFamily("load-steps", (d) => steps(d < 30 ? 80 : 96))],
  [
    "a pack that only changed its reporting interval",
    packResistanceDetector,
    viewOfFamily("load-steps", (d) => steps(d < 30 ? 80 : 140, { stepGapS: d < 30 ? 10 : 60 })),
  ],
  [
    "insulation that is low but steady",
    insulationTrendDetector,
    viewOfFamily("insulation", (d) => ({ p10OhmPerV: 1500 * wobble(d), p10Kohm: 600 })),
  ],
  ["a probe that has always been warmer under load", probeDetector, viewOfFamily("probes", () => probes(4))],
  ["a sensor within its tolerance", currentSensorDetector, viewOfFamily("load-steps", () => ({ parkedCurrentA: 0.8 }))],
  ["a cell that has always been the lowest", weakestCellDetector, viewOfFamily("extremes", () => rest(30))],
  [
    "a pack that is as it was, far from its peers",
    peerDriftDetector,
    viewOfFamily("load-steps", (d) => steps(95 * wobble(d)), { median: 80, mad: 3 }),
  ],
  ["a lowest cell that changes", weakestCellDetector, viewOfFamily("extremes", (d) => rest(12 + d, { restLowCell: 1 + (d % 5) }))],
  ["extremes of a car that reports every cell", weakestCellDetector, viewOfFamily("extremes", (d) => rest(12 + d, { hasCells: 1 }))],
];

describe("battery detectors", () => {
  it.each([...FINDS, ...DRIFT])("find %s", async (_name, detector, view, expected) => {
    const { detections } = detector.judge(view);
    expect(detections).toHaveLength(1);
    expect(detections?.[0]).toMatchObject(expected);
    const texts = new Map((await loadRules()).detectors.map((shipped) => [shipped.id, shipped]));
    const { findings } = trackDetections(detector, view, detections ?? [], [], texts);
    expect(`${findings[0]?.sentence}${findings[0]?.sentenceZh}`).not.toMatch(/[?]|undefined/);
    expect(findings.map(evidenceGaps)).toEqual([[]]);
  });

  it.each(QUIET)("say nothing of %s", (_name, detector, view) => {
    expect(detector.judge(view).detections ?? []).toEqual([]);
  });

  it("give a reason where signals are missing", () => {
    const nothing = viewOfFamily("nothing", () => ({}));
    for (const detector of [
      packResistanceDetector,
      insulationTrendDetector,
      probeDetector,
      currentSensorDetector,
      weakestCellDetector,
      peerDriftDetector,
    ]) {
      expect(detector.judge(nothing)).toMatchObject({ detections: null, notEvaluated: { reason: expect.stringMatching(/^[a-z_]+$/) } });
    }
  });

  it("have texts for every source", async () => {
    const { findAdvice } = await loadRules();
    for (const { sourceIds } of DETECTORS) for (const id of sourceIds) expect(findAdvice(id), id).not.toBeNull();
  });
});
