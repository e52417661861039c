import { createHash } from "node:crypto";
import webPush from "web-push";
import { z } from "zod";
import type { Delivery } from "../delivery/delivery.ts";
import { type Channel, classifyHttpStatus, type Outgoing } from "./channel.ts";
import { post } from "./httpExchange.ts";

export interface WebPushChannelOptions {
  /** VAPID key pair (RFC 8292), base64url, and who answers for it: mailto: or https:. */
  readonly publicKey: string;
  readonly privateKey: string;
  readonly subject: string;
  readonly mayCallPrivate: boolean;
}

/** What a browser's PushSubscription gives as JSON; it is the owner's address. */
const subscriptionSchema = z.object({ endpoint: z.url(), keys: z.object({ p256dh: z.string().min(80), auth: z.string().min(16) }) });
/** The push service keeps an undelivered message this long, in seconds. */
const TTL_S = 3 * 86_400;

/** Sends each message encrypted for its browser (RFC 8291). A subscription that is gone (404, 410) is refused for good. */
export function createWebPushChannel(options: WebPushChannelOptions): Channel {
  return {
    // A push service takes 4096 bytes; Chinese needs three a character.
    limits: { titleChars: 80, bodyChars: 900 },
    send: (message, signal) => sendMessage(message, signal, options),
    close: async () => {},
  };
}

async function sendMessage(message: Outgoing, signal: AbortSignal, options: WebPushChannelOptions): Promise<Delivery> {
  const subscription = subscriptionSchema.safeParse(parseJson(message.address));
  if (!subscription.success) return invalid("expected a push subscription as JSON");
  const details = encrypt(message, subscription.data, options);
  if (details === null) return invalid("the keys of the subscription are not usable");
  const headers = Object.fromEntries(Object.entries(details.headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
  const exchange = { headers, body: details.body ?? "", signal, mayCallPrivate: options.mayCallPrivate, wantsAnswer: false };
  const answer = await post(details.endpoint, exchange);
  return answer.kind === "answer" ? classifyHttpStatus(answer.status, message.id) : answer;
}

function encrypt(
  message: Outgoing,
  subscription: z.infer<typeof subscriptionSchema>,
  { publicKey, privateKey, subject }: WebPushChannelOptions,
) {
  const { id, title, body, severity } = message;
  try {
    return webPush.generateRequestDetails(subscription, JSON.stringify({ id, title, body, severity }), {
      vapidDetails: { subject, publicKey, privateKey },
      TTL: TTL_S,
      urgency: severity === "critical" ? "high" : "normal",
      // The push service replaces an undelivered message of the same topic, so a repeat shows once.
      topic: createHash("sha256").update(id).digest("base64url").slice(0, 32),
    });
  } catch {
    return null;
  }
}

function invalid(detail: string): Delivery {
  return { kind: "failed", retryable: false, reason: "address_invalid", detail };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
