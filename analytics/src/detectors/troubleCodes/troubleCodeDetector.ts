import { type Component, SEVERITIES, type Severity } from "@bellwether/contracts/finding";
import { DTC_SYSTEMS } from "@bellwether/contracts/sample";
import { type CodeMeaning, loadCodeTable, meaningOf, textsOf } from "@bellwether/ingest/decode/dtc/codeTable";
import { CODE_LIFE_DEFAULTS, type CodeLife, codeLives } from "../../codes/codeLife.ts";
import { burstOn, hazardOutlook, type RepairOutlook, repairOutlook } from "../../codes/repairOutlook.ts";
import { RISK_HORIZON_DAYS } from "../../codes/repairRisks.ts";
import { dayStartMs } from "../../engine/days.ts";
import { peerReadings } from "../../fleet/peers.ts";
import type { Detection, Detector, Judgement, VehicleView } from "../detector.ts";
import { defineSettings } from "../settings.ts";

const ID = "trouble-codes";
const YEAR_MS = 365.25 * 86_400_000;
/** By the code table's urgency, 0..4. */
const SEVERITY_BY_URGENCY: readonly Severity[] = ["info", "info", "advice", "warning", "critical"];
const STATE_WORDS = {
  pending: { en: "pending", zh: "待确认" },
  confirmed: { en: "confirmed", zh: "已确认" },
  active: { en: "active", zh: "当前存在" },
  healed: { en: "healed", zh: "已消失" },
} as const;

interface KnownCode {
  readonly life: CodeLife;
  readonly system: string;
  readonly code: string;
  readonly meaning: CodeMeaning | null;
  readonly component: Component;
  readonly severity: Severity;
}

const table = loadCodeTable();
/** Which code means what and how urgent it is stands in the code table, which a maker's entries may set otherwise. */
const settings = defineSettings(ID, { ...CODE_LIFE_DEFAULTS });

/**
 * Trouble codes the car has confirmed: one finding per component and kind of advice, about its most urgent code. A code seen once waits until it
 * is confirmed; one that heals clears; one that keeps coming back is a step more urgent. Meanings and urgency are the code
 * table's, a maker's own entries first; a code that is not in it is kept as information, never guessed at.
 */
export const troubleCodeDetector: Detector = {
  id: ID,
  sourceIds: [ID, ...textsOf(table)],
  version: 4,
  clearAfterDays: 1,
  needsCells: false,
  settings: settings.defaults,
  judge(view): Judgement {
    const lives = codeLives(view.series.daily["codes"] ?? [], view.day, settings.of(view));
    const standing = lives.filter(({ state }) => state === "confirmed" || state === "active");
    const findings = new Map<string, KnownCode[]>();
    for (const code of standing.map((life) => known(life, view.vin))) {
      const about = `${sourceOf(code)}/${code.component}`;
      findings.set(about, [...(findings.get(about) ?? []), code]);
    }
    return { detections: [...findings.values()].map((codes) => detectionOf(view, codes, { lives, standing })), notEvaluated: null };
  },
};

/** Whose words are told. */
function sourceOf({ meaning }: KnownCode): string {
  return meaning?.texts ?? ID;
}

function known(life: CodeLife, vin: string): KnownCode {
  const [prefix = "", ...rest] = life.key.split(":");
  const code = rest.join(":");
  const system = DTC_SYSTEMS.find((name) => name === prefix);
  const meaning = system === undefined ? null : meaningOf(table, { system, code }, vin);
  const usual = SEVERITY_BY_URGENCY[meaning?.urgency ?? 0] ?? "info";
  // Never up to critical: coming back makes a fault certain, not dangerous.
  const isRaised = life.isRecurring && meaning !== null && (usual === "info" || usual === "advice");
  const severity = isRaised ? (SEVERITIES[SEVERITIES.indexOf(usual) + 1] ?? usual) : usual;
  return { life, system: prefix, code, meaning, component: meaning?.component ?? "vehicle", severity };
}

interface CarsCodes {
  readonly lives: readonly CodeLife[];
  readonly standing: readonly CodeLife[];
}

function detectionOf(view: VehicleView, codes: readonly KnownCode[], { lives, standing }: CarsCodes): Detection {
  const ranked = codes.toSorted(byUrgency);
  const [first] = ranked;
  if (first === undefined) throw new Error("a component without codes");
  const { life, code, meaning, component, severity } = first;
  const others = ranked.slice(1).map((other) => other.code);
  const about = codes.map((one) => one.life);
  const outlook =
    hazardOutlook(component, standing, view.repairRisks, { vin: view.vin, day: view.day, ageYears: ageYearsOf(view) }) ??
    repairOutlook(about, standing, view.codeSets ?? [], view.day);
  const burst = burstOn(lives, life.episodeDay, view.day);
  const offsetMinutes = Math.round((Date.parse(`${view.day}T00:00:00Z`) - view.dayStartMs) / 60_000);
  const atMs = (day: string) => dayStartMs(day, offsetMinutes);
  return {
    sourceId: sourceOf(first),
    component,
    cell: null,
    severity,
    evidence: {
      value: life.episodes,
      // A count is exact.
      unit: "episodes",
      low: life.episodes,
      high: life.episodes,
      threshold: null,
      from: new Date(atMs(life.episodeDay)).toISOString(),
      to: new Date(view.lastDataMs).toISOString(),
      samples: life.days.length,
      readings: {
        code,
        code_system: first.system,
        meaning: meaning?.meaning ?? null,
        urgency: meaning?.urgency ?? null,
        code_state: life.state,
        is_recurring: life.isRecurring,
        lamp: life.isLampOn,
        first_day: life.firstDay,
        episodes: life.episodes,
        episodes_30_days: life.recentEpisodes,
        codes_same_day: burst.codes,
        is_burst: burst.isBurst,
        other_codes: others.join(", "),
        ...peerReadings(null, null),
        ...outlookReadings(outlook),
      },
      series: [{ name: code, unit: "", at: life.days.map(atMs), values: life.days.map(() => 1) }],
    },
    words: {
      code,
      meaningEn: meaning?.meaning ?? "not in the code table",
      meaningZh: meaning?.meaningZh ?? "代码表中无此代码",
      stateEn: STATE_WORDS[life.state].en,
      stateZh: STATE_WORDS[life.state].zh,
      timesEn: life.episodes === 1 ? "once" : `${life.episodes} times`,
      episodes: life.episodes,
      since: life.firstDay,
      othersEn: others.length === 0 ? "" : `; also ${others.join(", ")}`,
      othersZh: others.length === 0 ? "" : `；另有${others.join("、")}`,
      ...outlookWords(outlook),
    },
  };
}

function ageYearsOf({ master, day }: VehicleView): number | null {
  const builtOn = master?.builtOn ?? null;
  return builtOn === null ? null : (Date.parse(day) - Date.parse(builtOn)) / YEAR_MS;
}

function outlookReadings(outlook: RepairOutlook): Detection["evidence"]["readings"] {
  if (outlook.kind === "hazard") {
    const { probability, low90, high90, cases, followed } = outlook.risk;
    return {
      repair_probability: probability,
      repair_outlook: outlook.kind,
      repair_low90: low90,
      repair_high90: high90,
      repair_of: outlook.component,
      repair_within_days: RISK_HORIZON_DAYS,
      repair_cases: cases,
      repair_followed: followed,
    };
  }
  if (outlook.kind !== "learnt") return { repair_probability: null, repair_outlook: outlook.kind };
  const { codes, component, horizonDays, occurrences, followed, low90, high90 } = outlook.set;
  return {
    repair_probability: outlook.probability,
    repair_outlook: outlook.kind,
    repair_low90: low90,
    repair_high90: high90,
    repair_of: component,
    repair_within_days: horizonDays,
    repair_after_codes: codes.join(", "),
    repair_cases: occurrences,
    repair_followed: followed,
  };
}

/** Nothing where nothing is known: the reading says why. */
function outlookWords(outlook: RepairOutlook): { readonly repairEn: string; readonly repairZh: string } {
  if (outlook.kind === "hazard") {
    const percent = Math.round(100 * outlook.risk.probability);
    return {
      repairEn: `; probability of a repair within ${RISK_HORIZON_DAYS} days ${percent} % by ${outlook.risk.cases} cases of this fleet`,
      repairZh: `；根据本车队${outlook.risk.cases}例，${RISK_HORIZON_DAYS}天内维修的概率为${percent}%`,
    };
  }
  if (outlook.kind !== "learnt") return { repairEn: "", repairZh: "" };
  const { horizonDays, occurrences, followed } = outlook.set;
  return {
    repairEn: `; in this fleet a repair followed within ${horizonDays} days in ${followed} of ${occurrences} cases`,
    repairZh: `；本车队中${occurrences}例有${followed}例在${horizonDays}天内维修`,
  };
}

/** Most urgent first, then the one that is there now, then the newest. */
function byUrgency(a: KnownCode, b: KnownCode): number {
  const bySeverity = SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity);
  if (bySeverity !== 0) return bySeverity;
  if (a.life.state !== b.life.state) return a.life.state === "active" ? -1 : 1;
  return a.life.firstDay < b.life.firstDay ? 1 : -1;
}
