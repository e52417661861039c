import type { Audience, Language } from "@bellwether/contracts/alert";
import type { Evidence, Finding, Severity } from "@bellwether/contracts/finding";
import type { Advice } from "../advice.ts";
import type { TellReason } from "../routing/route.ts";

/** Owner and dealer wording, pure: one clear message with what, why, how urgent and what it takes. */

export interface MessageInput {
  readonly audience: Audience;
  readonly reason: TellReason;
  readonly language: Language;
  readonly timeZone: string;
  readonly finding: Finding;
  readonly advice: Advice;
  readonly severity: Severity;
  readonly actByMs: number;
  readonly odometerKm: number | null;
  readonly coolDownDays: number;
}

/** Longest text a channel takes, in characters. */
export interface MessageLimits {
  readonly titleChars: number;
  readonly bodyChars: number;
}

export interface Message {
  readonly title: string;
  readonly body: string;
}

/** The message in the recipient's language, within the channel's limits. */
export function renderMessage(input: MessageInput, limits: MessageLimits): Message {
  const lines = input.reason === "resolved" ? allClearLines(input) : input.audience === "owner" ? ownerLines(input) : dealerLines(input);
  return { title: fitText(titleOf(input), limits.titleChars), body: fitBody(lines.join("\n"), limits.bodyChars) };
}

const URGENCY = { en: "How urgent:", zh: "紧急程度：" };

/** Cuts a body that is too long; what to do comes first then, where no cut reaches it. */
export function fitBody(body: string, maxChars: number): string {
  if ([...body].length <= maxChars) return body;
  const lines = body.split("\n");
  const isUrgency = (line: string) => Object.values(URGENCY).some((label) => line.startsWith(label));
  return fitText([...lines.filter(isUrgency), ...lines.filter((line) => !isUrgency(line))].join("\n"), maxChars);
}

/** Cuts a text at a word or sentence, with "…", so that it has at most `maxChars` characters. */
export function fitText(text: string, maxChars: number): string {
  const chars = [...text];
  if (chars.length <= maxChars) return text;
  // One character more than fits, so that a text that ends exactly at a word keeps that word.
  const near = chars.slice(0, maxChars).join("");
  const lastBreak = Math.max(...[" ", "\n", "。", "，"].map((mark) => near.lastIndexOf(mark)));
  return `${lastBreak > near.length / 2 ? near.slice(0, lastBreak) : chars.slice(0, Math.max(maxChars - 1, 0)).join("")}…`;
}

function titleOf({ audience, reason, language, advice, severity, finding }: MessageInput): string {
  const title = advice.title[language];
  if (language === "zh") {
    if (reason === "resolved") return `已恢复正常：${title}`;
    if (reason === "reminder") return `温馨提醒：${title}`;
    if (audience === "dealer") return `服务线索：${title}（${finding.vin}）`;
    return severity === "critical" ? `紧急：${title}` : title;
  }
  if (reason === "resolved") return `Back to normal: ${title}`;
  if (reason === "reminder") return `Reminder: ${title}`;
  if (audience === "dealer") return `Service lead: ${title} (${finding.vin})`;
  return severity === "critical" ? `Urgent: ${title}` : title;
}

function ownerLines(input: MessageInput): readonly string[] {
  const { language, advice, finding, timeZone } = input;
  const { what, why, effort } = advice.owner[language];
  const urgency = urgencyOf(input);
  const reading = ownerReading(finding.evidence, language, timeZone);
  if (language === "zh") {
    return [
      what,
      `判断依据：${why}${reading}`,
      `${URGENCY.zh}${urgency}`,
      `处理方式与耗时：${effort}`,
      ...(input.reason === "reminder" ? [`请在${dayText(input.actByMs, language, timeZone)}之前到店检查。`] : []),
      ...(finding.state === "cleared" ? ["目前读数已恢复正常，仍请按上述建议检查。"] : []),
      `车辆：${finding.vin}`,
    ];
  }
  return [
    what,
    joinSentences("Why we think so:", why, reading),
    `${URGENCY.en} ${urgency}`,
    `What it takes: ${effort}`,
    ...(input.reason === "reminder" ? [`Please have it looked at by ${dayText(input.actByMs, language, timeZone)}.`] : []),
    ...(finding.state === "cleared" ? ["The reading has since returned to normal. Please follow this advice all the same."] : []),
    `Car: ${finding.vin}`,
  ];
}

/** The source's own words, unless the alert is worse than what they were written for. */
function urgencyOf({ severity, advice, language }: MessageInput): string {
  const isWorseThanText = severity === "critical" && (advice.actWithinDays ?? 0) > 0;
  if (!isWorseThanText) return advice.owner[language].urgency;
  return language === "zh"
    ? "请立即在安全处停车并求助，不要继续行驶或充电。"
    : "At once. Stop safely and call for help; do not drive or charge.";
}

function dealerLines(input: MessageInput): readonly string[] {
  const { language, advice, finding, timeZone, actByMs, odometerKm } = input;
  const { symptom, operations, parts, labourHours } = advice.dealer[language];
  const reading = readingLine(finding.evidence, language, timeZone);
  const actBy = dayText(actByMs, language, timeZone);
  if (language === "zh") {
    return [
      `症状：${symptom}`,
      `证据：${finding.sentenceZh}${reading}`,
      `建议作业：${operations.join("；") || "先行诊断"}`,
      `备件：${parts.join("；") || "暂不需要"}`,
      `工时：${labourHours} 小时`,
      `最迟处理日期：${actBy}`,
      `车辆：${finding.vin}${odometerKm === null ? "" : `，里程 ${Math.round(odometerKm)} 公里`}`,
    ];
  }
  return [
    `Symptom: ${symptom}`,
    joinSentences("Evidence:", finding.sentence, reading),
    `Suggested operations: ${operations.join("; ") || "diagnose first"}`,
    `Parts: ${parts.join("; ") || "none expected"}`,
    `Labour: ${labourHours} h`,
    `See the car by: ${actBy}`,
    `Car: ${finding.vin}${odometerKm === null ? "" : `, ${Math.round(odometerKm)} km`}`,
  ];
}

function allClearLines({ audience, language, finding, timeZone, coolDownDays }: MessageInput): readonly string[] {
  const day = dayText(Date.parse(finding.lastSeen), language, timeZone);
  if (language === "zh") {
    return audience === "owner"
      ? [
          `自${day}起，相关读数已恢复正常，您暂时无需处理。`,
          `如果您已预约到店，建议照常前往。若 ${coolDownDays} 天内再次出现，之前的建议仍然有效，我们不会重复通知。`,
          `车辆：${finding.vin}`,
        ]
      : [`自${day}起，相关读数已恢复正常。线索保留，请在客户下次到店时检查。`, `车辆：${finding.vin}`];
  }
  return audience === "owner"
    ? [
        `The readings have been back to normal since ${day}. You do not need to do anything for now.`,
        `If you have booked a visit, please keep it. If it comes back within ${coolDownDays} days, our earlier advice still stands and we will not write again.`,
        `Car: ${finding.vin}`,
      ]
    : [`The readings have been back to normal since ${day}. The lead stays open: please check at the next visit.`, `Car: ${finding.vin}`];
}

/**
 * "Measured on 17 July 2019: 26 mV; the limit is 15 mV." Sizes only, as the words beside them say which way. Empty for
 * levels and counts of days, which tell an owner nothing.
 */
function ownerReading({ value, unit, threshold, to }: Evidence, language: Language, timeZone: string): string {
  if (value === null || unit === "" || unit === "d") return "";
  const day = dayText(Date.parse(to), language, timeZone);
  const [measured, limit] = [value, threshold].map((number) => (number === null ? "" : ownerAmount(number, unit, language)));
  if (language === "zh") return `${day}的数值：${measured}${limit === "" ? "" : `，限值 ${limit}`}。`;
  return `Measured on ${day}: ${measured}${limit === "" ? "" : `; the limit is ${limit}`}.`;
}

function ownerAmount(number: number, unit: string, language: Language): string {
  const size = numberText(unit === "°C" ? number : Math.abs(number));
  if (unit === "K") return language === "zh" ? `${size} 度` : `${size} degrees`;
  return withUnit(size, unit);
}

/** "Reading: 21 mV (18 to 24 mV), limit 15 mV, on 17 July 2019." Empty when the evidence has no value. */
function readingLine(evidence: Evidence, language: Language, timeZone: string): string {
  const { value, unit, low, high, threshold, to } = evidence;
  if (value === null) return "";
  const day = dayText(Date.parse(to), language, timeZone);
  const interval = low === null || high === null || low === high ? null : [low, high].map(numberText);
  if (language === "zh") {
    const range = interval === null ? "" : `（${withUnit(interval.join("～"), unit)}）`;
    const limit = threshold === null ? "" : `，限值 ${withUnit(numberText(threshold), unit)}`;
    return `读数：${withUnit(numberText(value), unit)}${range}${limit}，${day}。`;
  }
  const range = interval === null ? "" : ` (${withUnit(interval.join(" to "), unit)})`;
  const limit = threshold === null ? "" : `, limit ${withUnit(numberText(threshold), unit)}`;
  return `Reading: ${withUnit(numberText(value), unit)}${range}${limit}, on ${day}.`;
}

/** Four significant digits (a cell's voltage to the millivolt), but whole numbers from 100 up: 3.2171 → "3.217", 412.6 → "413". */
export function numberText(value: number): string {
  const rounded = Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(4));
  return Object.is(rounded, -0) ? "0" : String(rounded);
}

function withUnit(number: string, unit: string): string {
  if (unit === "") return number;
  return unit === "%" || unit === "°C" ? `${number}${unit === "%" ? "%" : " °C"}` : `${number} ${unit}`;
}

/** A calendar day in the reader's words and time zone. */
export function dayText(atMs: number, language: Language, timeZone: string): string {
  return new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", { dateStyle: "long", timeZone }).format(atMs);
}

function joinSentences(...sentences: readonly string[]): string {
  return sentences.filter((sentence) => sentence !== "").join(" ");
}
