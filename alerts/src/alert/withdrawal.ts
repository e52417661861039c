import type { Language, Outcome } from "@bellwether/contracts/alert";
import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { dayText, type Message } from "../delivery/message.ts";
import { cancelPending, enqueueNotification } from "../delivery/outbox.ts";
import { notificationIdOf } from "../identity/identity.ts";
import { findPeople, findToldBefore } from "../routing/people.ts";
import type { AlertSnapshot } from "./alertState.ts";

/** Taking a message back: a workshop has closed the matter, so what has not been sent is not sent, and who was told hears the end. */

export interface WithdrawalInput {
  readonly language: Language;
  readonly timeZone: string;
  readonly title: Readonly<Record<Language, string>>;
  readonly outcome: Outcome;
  readonly vin: string;
  readonly atMs: number;
}

const FOUND: Readonly<Record<Outcome, Readonly<Record<Language, string>>>> = {
  confirmed: { en: "The workshop found the fault and has dealt with it.", zh: "服务店已确认并处理了该故障。" },
  other_fault: { en: "The workshop found another cause and has dealt with it.", zh: "服务店发现了其他原因，并已处理。" },
  already_repaired: { en: "The workshop tells us that it had already been repaired.", zh: "服务店告知此前已完成维修。" },
  no_fault_found: { en: "The workshop checked your car and found no fault.", zh: "服务店已检查车辆，未发现故障。" },
  customer_declined: { en: "The matter was closed at your wish.", zh: "已按您的意愿结束此事项。" },
};

/** "No longer needed": our earlier message does not apply any more. */
export function renderWithdrawal({ language, timeZone, title, outcome, vin, atMs }: WithdrawalInput): Message {
  const day = dayText(atMs, language, timeZone);
  const found = FOUND[outcome][language];
  if (language === "zh") {
    return { title: `已处理：${title.zh}`, body: `${found}（${day}）\n我们之前的提醒不再适用，您无需再做任何处理。\n车辆：${vin}` };
  }
  const end = "Our earlier message no longer applies; there is nothing left for you to do.";
  return { title: `Settled: ${title.en}`, body: `${found} (${day})\n${end}\nCar: ${vin}` };
}

const titleRow = z.object({ title: z.string(), title_zh: z.string() });

/** Cancels what the owner has not been sent yet, and tells an owner who was told. Runs in the transaction that closes the alert. */
export async function withdraw(
  tx: Queryable,
  alert: AlertSnapshot,
  { outcome, nowMs, isOwnerTold }: { outcome: Outcome; nowMs: number; isOwnerTold: boolean },
): Promise<void> {
  await cancelPending(tx, alert.id, "settled", nowMs);
  if (!isOwnerTold) return;
  const { owner } = await findPeople(tx, alert.vin);
  const told = await findToldBefore(tx, alert.id);
  if (owner === null || !owner.hasConsent || !told.owner) return;
  const [row] = await tx.query("SELECT title, title_zh FROM alerts WHERE id = $1", [alert.id], titleRow);
  const { language, timeZone, channel, address, consentTextVersion } = owner;
  const title = { en: row?.title ?? "", zh: row?.title_zh ?? "" };
  await enqueueNotification(tx, {
    id: notificationIdOf({ alertId: alert.id, audience: "owner", reason: "withdrawn", decidedAtMs: nowMs }),
    alertId: alert.id,
    vin: alert.vin,
    severity: alert.severity,
    recipient: {
      audience: "owner",
      reason: "withdrawn",
      channel,
      address,
      language,
      timeZone,
      dealerId: null,
      withheldReason: null,
      consentTextVersion,
    },
    message: renderWithdrawal({ language, timeZone, title, outcome, vin: alert.vin, atMs: nowMs }),
    decidedAtMs: nowMs,
    nowMs,
  });
}
