import { createHmac, timingSafeEqual } from "node:crypto";
import type { Language } from "@bellwether/contracts/alert";

/**
 * Links in an owner's message: what to do, for which message, until when, and an HMAC over it. They carry no personal
 * data and no VIN. Whoever holds the message may do these four things and nothing else.
 */

export const OWNER_ACTIONS = ["book", "done", "snooze", "stop"] as const;
export type OwnerAction = (typeof OWNER_ACTIONS)[number];

export interface ActionLink {
  readonly action: OwnerAction;
  readonly notificationId: string;
  readonly expiresAtMs: number;
}

const TOKEN = /^(book|done|snooze|stop)\.([A-Za-z0-9-]{1,64})\.([0-9a-z]{1,9})\.([A-Za-z0-9_-]{22})$/;

export function signAction({ action, notificationId, expiresAtMs }: ActionLink, secret: string): string {
  const claim = `${action}.${notificationId}.${Math.floor(expiresAtMs / 1000).toString(36)}`;
  return `${claim}.${signatureOf(claim, secret)}`;
}

/** The link a token stands for; `expired` and `invalid` are told apart so that a page can say so. */
export function readAction(token: string, secret: string, nowMs: number): ActionLink | "expired" | "invalid" {
  const [, name, notificationId, expiry, signature] = TOKEN.exec(token) ?? [];
  const action = OWNER_ACTIONS.find((one) => one === name);
  if (action === undefined || notificationId === undefined || expiry === undefined || signature === undefined) return "invalid";
  const expected = signatureOf(`${action}.${notificationId}.${expiry}`, secret);
  if (!timingSafeEqual(Buffer.from(signature), Buffer.from(expected))) return "invalid";
  const expiresAtMs = Number.parseInt(expiry, 36) * 1000;
  return expiresAtMs > nowMs ? { action, notificationId, expiresAtMs } : "expired";
}

/** 128 bits of HMAC-SHA256: too many to guess, short enough for a text message. */
function signatureOf(claim: string, secret: string): string {
  return createHmac("sha256", secret).update(`bellwether-owner-action:${claim}`).digest().subarray(0, 16).toString("base64url");
}

const LABELS: Readonly<Record<OwnerAction, Readonly<Record<Language, string>>>> = {
  book: { en: "Book a visit", zh: "预约到店" },
  done: { en: "Already done", zh: "已经处理" },
  snooze: { en: "Remind me in a week", zh: "一周后再提醒" },
  stop: { en: "Stop these messages", zh: "不再接收此类消息" },
};

export interface LinkOptions {
  /** Address of the API as owners reach it, without a slash at the end. */
  readonly publicUrl: string;
  readonly secret: string;
  readonly ttlMs: number;
}

/** The lines with links under a message. */
export function linkLines(
  message: { readonly id: string; readonly actions: readonly OwnerAction[]; readonly language: Language },
  { publicUrl, secret, ttlMs }: LinkOptions,
  nowMs: number,
): readonly string[] {
  return message.actions.map((action) => {
    const token = signAction({ action, notificationId: message.id, expiresAtMs: nowMs + ttlMs }, secret);
    return `${LABELS[action][message.language]}${message.language === "zh" ? "：" : ": "}${publicUrl}/v1/actions/${token}`;
  });
}

export function actionLabel(action: OwnerAction, language: Language): string {
  return LABELS[action][language];
}
