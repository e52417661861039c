import { peerReadings } from "../../fleet/peers.ts";
import { dayNumberOf, dayOfNumber, daysOf, detectionOf, spread80, unjudged } from "../daily.ts";
import type { Detection, Detector, Judgement, VehicleView } from "../detector.ts";
import { defineSettings } from "../settings.ts";
import { USAGE_NOTES, usageProfile, useWords } from "../usageProfile.ts";
import { AUX_LIMITS, type AuxSymptom, type AuxVerdict, detectAux } from "./detectAux.ts";
import { toAuxDays } from "./toAuxDays.ts";

const ID = "aux-battery";
const DRAIN_ID = "aux-battery-drain";
const WINTER_ID = "aux-battery-winter";
const settings = defineSettings(ID, AUX_LIMITS);
/** Without a forecast the coldest of the last days stands for the coming ones, less what a first cold spell brings. */
const COLD_DAYS = 7;
const COLDER_TO_COME_C = 5;

const SYMPTOM_WORDS: Readonly<Record<AuxSymptom, { readonly en: string; readonly zh: string }>> = {
  low_rest_voltage: { en: "low voltage at rest", zh: "静置电压低" },
  rest_voltage_falls: { en: "voltage at rest has fallen", zh: "静置电压下降" },
  deep_dip: { en: "deep dip at the start", zh: "上电时压降大" },
  recharged_while_parked: { en: "recharged while parked", zh: "停放期间多次补电" },
  aged: { en: "four years old or more", zh: "使用已满四年" },
  steep_discharge: { en: "fast discharge while parked", zh: "停放时放电快" },
};

/** The 12 V battery: weak, drained by something that stays awake, or too weak for the coming cold. */
export const auxDetector: Detector = {
  id: ID,
  sourceIds: [ID, DRAIN_ID, WINTER_ID],
  version: 1,
  clearAfterDays: 14,
  needsCells: false,
  settings: settings.defaults,
  judge(view): Judgement {
    const { days, today } = daysOf(view, "aux");
    if (today === undefined) return unjudged("missing_signal");
    const known = { coldC: expectedColdC(view), builtDayNumber: builtDayNumberOf(view), limits: settings.of(view) };
    const verdict = detectAux(toAuxDays(days), known);
    switch (verdict.kind) {
      case "not_evaluated":
        return unjudged(verdict.reason, verdict.days);
      case "ok":
      case "long_parking":
        return { detections: [], notEvaluated: null };
      case "weak":
        return { detections: [auxDetection(view, verdict, ID)], notEvaluated: null };
      case "drain":
        return { detections: [auxDetection(view, verdict, DRAIN_ID)], notEvaluated: null };
      case "winter":
        return { detections: [auxDetection(view, verdict, WINTER_ID)], notEvaluated: null };
    }
  },
};

function builtDayNumberOf({ master }: VehicleView): number | null {
  return master?.builtOn == null ? null : dayNumberOf(master.builtOn);
}

function expectedColdC(view: VehicleView): number | null {
  if (view.expectedColdC != null) return view.expectedColdC;
  const recent = daysOf(view, "usage").days.slice(-COLD_DAYS);
  const lows = recent.flatMap(({ values }) => values["ambientMinC"] ?? []);
  return lows.length === 0 ? null : Math.min(...lows) - COLDER_TO_COME_C;
}

function auxDetection(view: VehicleView, verdict: Extract<AuxVerdict, { readonly measures: unknown }>, sourceId: string): Detection {
  const { measures, symptoms } = verdict;
  const { days } = daysOf(view, "aux");
  const { slopeMvPerH, winterRestV, lowRestV } = settings.of(view);
  const slopeDecides = sourceId === DRAIN_ID;
  const value = slopeDecides ? (measures.slopeMvPerH ?? 0) : measures.restV;
  return detectionOf(view, {
    sourceId,
    component: "aux_battery",
    severity: sourceId === WINTER_ID ? "advice" : "warning",
    value,
    unit: slopeDecides ? "mV/h" : "V",
    ...spread80(slopeDecides ? measures.slopesMvPerH : measures.restsV, value),
    threshold: slopeDecides ? slopeMvPerH : sourceId === WINTER_ID ? winterRestV : lowRestV,
    fromDay: days.at(-measures.days)?.day ?? view.day,
    samples: measures.days,
    readings: {
      rest_v: measures.restV,
      baseline_rest_v: measures.baselineRestV,
      dip_v: measures.dipV,
      slope_mv_per_h: measures.slopeMvPerH,
      recharges_while_parked: measures.recharges,
      symptoms: symptoms.join(", "),
      replaced_on: measures.replacedDayNumber === null ? null : dayOfNumber(measures.replacedDayNumber),
      age_years: measures.ageYears,
      expected_cold_c: expectedColdC(view),
      ...peerReadings(view.peers.of("aux", "restV"), measures.restV),
    },
    series: [{ name: "voltage at rest", unit: "V", points: days.map(({ day, values }) => ({ day, value: values["restV"] ?? null })) }],
    words: {
      value,
      days: measures.days,
      symptomsEn: symptoms.map((symptom) => SYMPTOM_WORDS[symptom].en).join(", "),
      symptomsZh: symptoms.map((symptom) => SYMPTOM_WORDS[symptom].zh).join("、"),
      coldC: expectedColdC(view),
      ...useWords(USAGE_NOTES.winter(usageProfile(view))),
    },
  });
}
