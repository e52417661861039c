import type { Catalogue, SourceTexts } from "@bellwether/analytics/catalogue";
import type { Language } from "@bellwether/contracts/alert";
import type { Component, Finding } from "@bellwether/contracts/finding";

type Bilingual<T> = Readonly<Record<Language, T>>;

/** What to say about a rule's or detector's finding: its title, and what owner and dealer are told. */
export type Advice = Pick<SourceTexts, "title"> & SourceTexts["advice"];

/** Where texts come from: the catalogue of analytics. */
export type AdviceCatalogue = Pick<Catalogue, "findAdvice">;

const COMPONENT_NAMES: Readonly<Record<Component, Bilingual<string>>> = {
  battery: { en: "high-voltage battery", zh: "动力电池" },
  battery_cell: { en: "battery cell", zh: "动力电池电芯" },
  battery_insulation: { en: "battery insulation", zh: "电池绝缘" },
  battery_thermal: { en: "battery cooling", zh: "电池热管理" },
  aux_battery: { en: "12 V battery", zh: "12V 蓄电池" },
  tyre: { en: "tyre", zh: "轮胎" },
  brake: { en: "brake pads and discs", zh: "制动片和制动盘" },
  brake_fluid: { en: "brake fluid", zh: "制动液" },
  brake_system: { en: "brake system", zh: "制动系统" },
  drive: { en: "electric drive", zh: "电驱动系统" },
  charging: { en: "charging system", zh: "充电系统" },
  sensor: { en: "sensor", zh: "传感器" },
  vehicle: { en: "vehicle", zh: "车辆" },
};

/** The advice of a finding's source; a plain one made from the finding itself where the catalogue has none. */
export function adviceFor(finding: Finding, catalogue: AdviceCatalogue): Advice {
  const texts = catalogue.findAdvice(finding.source.id);
  return texts === null ? plainAdvice(finding) : { title: texts.title, ...texts.advice };
}

function plainAdvice(finding: Finding): Advice {
  const part = COMPONENT_NAMES[finding.component];
  const isCritical = finding.severity === "critical";
  return {
    title: { en: `Check the ${part.en}`, zh: `请检查${part.zh}` },
    owner: {
      en: {
        what: `Your car has reported something about its ${part.en} that should be checked.`,
        why: finding.sentence,
        urgency: isCritical ? "Stop safely now and call for help." : "Please have it checked at a workshop soon.",
        effort: "A workshop visit; the workshop will tell you more after a first check.",
      },
      zh: {
        what: `您的车辆上报了与${part.zh}有关的异常，需要检查。`,
        why: finding.sentenceZh,
        urgency: isCritical ? "请立即在安全处停车并求助。" : "请尽快到服务店检查。",
        effort: "需要到店一次，初检后服务店会告知详情。",
      },
    },
    dealer: {
      en: { symptom: finding.sentence, operations: [`Diagnose the ${part.en}`], parts: [], labourHours: 1 },
      zh: { symptom: finding.sentenceZh, operations: [`诊断${part.zh}`], parts: [], labourHours: 1 },
    },
  };
}
