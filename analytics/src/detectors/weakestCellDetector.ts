import { median, mode } from "simple-statistics";
import { addDays, type Day } from "../engine/days.ts";
import type { DayFeatures } from "../features/family.ts";
import { peerReadings } from "../fleet/peers.ts";
import { comparableSince } from "./changePoint.ts";
import { daySeries, describe, rounded } from "./describe.ts";
import type { Detection, Detector, Judgement, VehicleView } from "./detector.ts";
import { defineSettings } from "./settings.ts";

const ID = "weakest-cell";
const WINDOW_DAYS = 14;
const BASELINE_COUNT = 10;
const settings = defineSettings(ID, {
  daysMin: 7,
  // Share of the days, and of a day's reports, in which the same cell is the lowest (methods 2.2).
  sameShare: 0.8,
  // Growth of highest minus lowest cell against the car's own beginning, and that of the flatter LFP.
  growthMv: 15,
  growthLfpMv: 10,
  warningMv: 60,
});
/** The kinds of moment in the order of what they say: at rest nothing but charge shows, at the end of charge LFP shows, under load resistance too. */
const MOMENTS = ["rest", "end", "load"] as const;
const MOMENT_WORDS = {
  rest: { momentEn: "at rest", momentZh: "静置时" },
  end: { momentEn: "at the end of charging", momentZh: "充电末期" },
  load: { momentEn: "under load", momentZh: "带载时" },
} as const;

interface LowDay {
  readonly day: Day;
  readonly cell: number;
  readonly share: number;
  readonly spreadMv: number;
  readonly rows: number;
}

/** Degraded form of the cell detectors, for cars that name only their lowest and highest cell: who stays the lowest, and how far below. */
export const weakestCellDetector: Detector = {
  id: ID,
  sourceIds: [ID],
  version: 1,
  clearAfterDays: 21,
  needsCells: false,
  settings: settings.defaults,
  judge(view): Judgement {
    const [since, before] = [comparableSince(view), addDays(view.day, -WINDOW_DAYS)];
    const days = (view.series.daily["extremes"] ?? []).filter(({ day }) => day >= since);
    const recent = days.filter(({ day }) => day > before);
    // Where every cell is reported the full detectors judge, and this one has nothing to add.
    if (recent.some(({ values }) => values["hasCells"] === 1) || view.series.cellDays.length > 0)
      return { detections: [], notEvaluated: null };
    const found: Detection[] = [];
    let evaluated = 0;
    for (const moment of MOMENTS) {
      const [all, now] = [lowDays(days, moment), lowDays(recent, moment)];
      if (now.length < settings.of(view).daysMin) continue;
      evaluated += 1;
      const detection = lowCell(now, all.slice(0, BASELINE_COUNT), { moment, view });
      if (detection !== null && found.length === 0) found.push(detection);
    }
    if (evaluated === 0) return { detections: null, notEvaluated: { reason: "no_cell_extremes", samples: recent.length } };
    return { detections: found, notEvaluated: null };
  },
};

function lowDays(days: readonly DayFeatures[], moment: (typeof MOMENTS)[number]): LowDay[] {
  return days.flatMap(({ day, values }) => {
    const [cell, share, spreadMv, rows] = ["LowCell", "LowShare", "SpreadMv", "Rows"].map((name) => values[`${moment}${name}`]);
    return cell === undefined || share === undefined || spreadMv === undefined ? [] : [{ day, cell, share, spreadMv, rows: rows ?? 0 }];
  });
}

function lowCell(
  now: readonly LowDay[],
  start: readonly LowDay[],
  { moment, view }: { readonly moment: (typeof MOMENTS)[number]; readonly view: VehicleView },
): Detection | null {
  const { sameShare, growthMv, growthLfpMv, warningMv } = settings.of(view);
  const cell = mode(now.map((day) => day.cell));
  const own = now.filter((day) => day.cell === cell && day.share >= sameShare);
  const before = start.filter(({ day }) => day < (now[0]?.day ?? ""));
  if (own.length < sameShare * now.length || before.length < 3) return null;
  const [spreadMv, beforeMv] = [median(own.map((day) => day.spreadMv)), median(before.map((day) => day.spreadMv))];
  const growth = spreadMv - beforeMv;
  const limit = view.master?.chemistry === "LFP" ? growthLfpMv : growthMv;
  if (growth < limit) return null;
  const sorted = own.map((day) => day.spreadMv).sort((a, b) => a - b);
  return describe(view, {
    sourceId: ID,
    component: "battery_cell",
    cell,
    severity: spreadMv >= warningMv ? "warning" : "advice",
    fromDay: now[0]?.day ?? view.day,
    value: growth,
    unit: "mV",
    low: (sorted[0] ?? spreadMv) - beforeMv,
    high: (sorted.at(-1) ?? spreadMv) - beforeMv,
    threshold: limit,
    samples: own.reduce((n, day) => n + day.rows, 0),
    readings: {
      mode: "degraded: only the lowest and highest cell are reported",
      moment,
      spread_mv: rounded(spreadMv),
      spread_at_start_mv: rounded(beforeMv),
      lowest_share: rounded(median(own.map((day) => day.share))),
      days: own.length,
      ...peerReadings(view.peers.of("extremes", `${moment}SpreadMv`), spreadMv),
    },
    series: [
      daySeries(view, { name: `highest minus lowest cell, ${moment}`, unit: "mV", points: now.map((day) => [day.day, day.spreadMv]) }),
    ],
    words: { cell, spread: spreadMv, days: own.length, ...MOMENT_WORDS[moment] },
  });
}
