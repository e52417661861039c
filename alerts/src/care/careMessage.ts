import type { Language } from "@bellwether/contracts/alert";
import { dayText, fitText, type Message, type MessageLimits } from "../delivery/message.ts";
import type { CareNotice } from "./careDecision.ts";

/** A care message in the owner's language, within the channel's limits, pure. */
export function renderCare(
  { vin, language, notice, odometerKm }: { vin: string; language: Language; notice: CareNotice; odometerKm: number | null },
  limits: MessageLimits,
): Message {
  const { title, body } = notice.text[language];
  const lines = [body, ...dueLine(notice, odometerKm, language), language === "zh" ? `车辆：${vin}` : `Car: ${vin}`];
  return { title: fitText(title, limits.titleChars), body: fitText(lines.join("\n"), limits.bodyChars) };
}

/** Why now: the distance, the day, or both. Empty for a season, which says it itself. */
function dueLine({ kind, dueKm, dueOn }: CareNotice, odometerKm: number | null, language: Language): readonly string[] {
  if (kind !== "maintenance") return [];
  const km = dueKm === null || odometerKm === null ? null : [kmText(dueKm, language), kmText(odometerKm, language)];
  const day = dueOn === null ? null : dayText(Date.parse(dueOn), language, "UTC");
  if (language === "zh") {
    const parts = [...(km === null ? [] : [`${km[0]}（当前 ${km[1]}）`]), ...(day === null ? [] : [day])];
    return parts.length === 0 ? [] : [`应保养时间：${parts.join("或")}。`];
  }
  const parts = [...(km === null ? [] : [`at ${km[0]} (now ${km[1]})`]), ...(day === null ? [] : [`on ${day}`])];
  return parts.length === 0 ? [] : [`Due ${parts.join(" or ")}.`];
}

function kmText(km: number, language: Language): string {
  const digits = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 }).format(km);
  return language === "zh" ? `${digits} 公里` : `${digits} km`;
}
