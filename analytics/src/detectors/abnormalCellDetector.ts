import { quantile } from "simple-statistics";
import { addDays } from "../engine/days.ts";
import { peerReadings } from "../fleet/peers.ts";
import type { Words } from "../sentence.ts";
import { detectAbnormalCell } from "./abnormalCell/detectAbnormalCell.ts";
import { ABNORMAL_CELL_PARAMS, type AbnormalCellParams } from "./abnormalCell/params.ts";
import type { AbnormalCell, SensorFault } from "./abnormalCell/verdict.ts";
import { comparableSince } from "./changePoint.ts";
import { dayMs, daySeries } from "./describe.ts";
import type { Detection, Detector, Judgement, VehicleView } from "./detector.ts";
import { defineSettings } from "./settings.ts";

const ID = "abnormal-cell";
const SENSOR_ID = "cell-sensor";
const settings = defineSettings(ID, {
  // Every tier's depth and gap times this; the tiers themselves and their reasons are in `abnormalCell/params.ts`.
  depthTimes: 1,
  maxCells: ABNORMAL_CELL_PARAMS.maxCells,
  minSamplesPerDay: ABNORMAL_CELL_PARAMS.minSamplesPerDay,
  implausibleShare: ABNORMAL_CELL_PARAMS.implausibleShare,
  sensorDays: ABNORMAL_CELL_PARAMS.sensorDays,
});

const REFERENCE_WORDS = {
  pack: { referenceEn: "the pack's median", referenceZh: "电池组中位值" },
  neighbours: { referenceEn: "its neighbours", referenceZh: "相邻电芯" },
} as const satisfies Record<AbnormalCell["reference"], Words>;

const REASON_WORDS = {
  stuck: { reasonEn: "readings stuck", reasonZh: "读数卡滞" },
  implausible_readings: { reasonEn: "implausible readings", reasonZh: "读数不合理" },
} as const satisfies Record<SensorFault["reason"], Words>;

/** Drifting, leaking, weak or badly connected cells, and measuring channels that report nonsense. */
export const abnormalCellDetector: Detector = {
  id: ID,
  sourceIds: [ID, SENSOR_ID],
  version: 1,
  clearAfterDays: 21,
  needsCells: true,
  settings: settings.defaults,
  judge(view): Judgement {
    const since = comparableSince(view);
    const { cellDays } = view.series;
    const verdict = detectAbnormalCell(since === "" ? cellDays : cellDays.filter(({ day }) => day >= since), paramsFor(view));
    switch (verdict.kind) {
      case "not_evaluated":
        return { detections: null, notEvaluated: { reason: verdict.reason, samples: 0 } };
      case "normal":
        return { detections: verdict.sensors.map((sensor) => sensorDetection(sensor, view)), notEvaluated: null };
      case "abnormal":
        return {
          detections: [
            ...verdict.cells.map((cell) => cellDetection(cell, view)),
            ...verdict.sensors.map((sensor) => sensorDetection(sensor, view)),
          ],
          notEvaluated: null,
        };
    }
  },
};

function paramsFor(view: VehicleView): AbnormalCellParams {
  const { depthTimes, ...others } = settings.of(view);
  const tiers = ABNORMAL_CELL_PARAMS.tiers.map((tier) => ({ ...tier, depth: depthTimes * tier.depth, gap: depthTimes * tier.gap }));
  return { ...ABNORMAL_CELL_PARAMS, ...others, tiers };
}

function cellDetection(cell: AbnormalCell, view: VehicleView): Detection {
  const firstMs = dayMs(cell.evidenceDay, view);
  const days = cell.series.flatMap(({ day, deviationMv }) => (day < cell.evidenceDay || deviationMv === null ? [] : [deviationMv]));
  return {
    sourceId: ID,
    component: "battery_cell",
    cell: cell.cell,
    severity: cell.severity,
    evidence: {
      value: round(cell.deviationMv),
      unit: "mV",
      // Four of five days since the evidence began lie between; of a cell that falls, the middle of the whole window lies before them.
      low: days.length === 0 ? null : round(Math.min(cell.deviationMv, quantile(days, 0.1))),
      high: days.length === 0 ? null : round(Math.max(cell.deviationMv, quantile(days, 0.9))),
      threshold: cell.unit === "mV" ? -cell.depthThreshold : null,
      from: new Date(firstMs).toISOString(),
      to: new Date(view.lastDataMs).toISOString(),
      samples: cell.samplesUsed,
      readings: {
        tests: cell.tests.join(", "),
        measure: cell.measure,
        statistic: round(cell.statistic),
        statistic_unit: cell.unit,
        gap: round(cell.gap),
        gap_threshold: cell.gapThreshold,
        z_score: round(cell.zScore),
        change_mv: cell.changeMv === null ? null : round(cell.changeMv),
        since_day: cell.sinceDay,
        days_used: cell.daysUsed,
        confidence: round(cell.confidence),
        ...peerReadings(null, null),
      },
      series: [
        {
          name: `cell ${cell.cell} deviation from the pack median`,
          unit: "mV",
          at: cell.series.map((point) => dayMs(point.day, view)),
          values: cell.series.map((point) => (point.deviationMv === null ? null : round(point.deviationMv))),
        },
      ],
    },
    words: {
      cell: cell.cell,
      value: Math.abs(cell.deviationMv),
      days: cell.daysUsed,
      ...REFERENCE_WORDS[cell.reference],
      ...gapWords(cell),
    },
  };
}

const SENSOR_DAYS = 30;

/** How far the cell is past the next one, in what its strongest tier measures. */
function gapWords({ gap, unit }: AbnormalCell): Words {
  switch (unit) {
    case "mV":
      return { gapEn: `${gap.toPrecision(3)} mV lower than the next cell`, gapZh: `比次低电芯低${gap.toPrecision(3)} mV` };
    case "mohm":
      return { gapEn: `${gap.toPrecision(2)} mΩ above the next cell's resistance`, gapZh: `内阻比次高电芯高${gap.toPrecision(2)} mΩ` };
    case "ln(ratio)": {
      const times = Math.exp(gap).toPrecision(2);
      return { gapEn: `scattering ${times} times as much as the next cell`, gapZh: `离散程度为次高电芯的${times}倍` };
    }
  }
}

function sensorDetection({ cell, reason, days }: SensorFault, view: VehicleView): Detection {
  return {
    sourceId: SENSOR_ID,
    component: "sensor",
    cell,
    severity: "info",
    evidence: {
      value: days,
      unit: "d",
      // A count: nothing is estimated.
      low: days,
      high: days,
      threshold: null,
      from: new Date(dayMs(addDays(view.day, 1 - days), view)).toISOString(),
      to: new Date(view.lastDataMs).toISOString(),
      samples: days,
      readings: { reason, ...peerReadings(null, null) },
      series: [
        daySeries(view, {
          name: `usable readings of cell ${cell}`,
          unit: "",
          points: view.series.cellDays
            .filter(({ load }) => load === "drive")
            .slice(-SENSOR_DAYS)
            .map(({ day, usable }) => [day, usable[cell - 1] ?? null]),
        }),
      ],
    },
    words: { cell, days, ...REASON_WORDS[reason] },
  };
}

function round(x: number): number {
  return Math.round(x * 1000) / 1000;
}
