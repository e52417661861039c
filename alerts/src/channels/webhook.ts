import { Webhook } from "standardwebhooks";
import type { Delivery } from "../delivery/delivery.ts";
import { type Channel, classifyHttpStatus, type Outgoing } from "./channel.ts";
import { post } from "./httpExchange.ts";

export interface WebhookChannelOptions {
  /** Standard Webhooks secret, `whsec_` and base64: https://www.standardwebhooks.com. */
  readonly secret: string;
  /** While a secret is being changed: the old one signs too, so receivers may change over in their own time. */
  readonly previousSecret?: string | undefined;
  /** Whether private and loopback addresses may be called; off, so that an address in a form cannot reach our own network. */
  readonly mayCallPrivate: boolean;
  readonly now: () => number;
}

/** Posts each message as signed JSON. Redirects are not followed and the answer's body is not read. */
export function createWebhookChannel(options: WebhookChannelOptions): Channel {
  return {
    limits: { titleChars: 120, bodyChars: 2000 },
    send: (message, signal) => sendMessage(message, signal, options),
    close: async () => {},
  };
}

function sendMessage(message: Outgoing, signal: AbortSignal, options: WebhookChannelOptions): Promise<Delivery> {
  const { address, ...data } = message;
  return postSigned({ address, id: message.id, type: "bellwether.notification", data, signal }, options);
}

export interface SignedEvent {
  readonly address: string;
  /** The receiver may drop an id it has seen. */
  readonly id: string;
  readonly type: string;
  readonly data: object;
  readonly signal: AbortSignal;
}

/** Posts one event as JSON, signed after Standard Webhooks. */
export async function postSigned(
  event: SignedEvent,
  { secret, previousSecret, mayCallPrivate, now }: WebhookChannelOptions,
): Promise<Delivery> {
  const { address, id, type, data, signal } = event;
  const sentAt = new Date(now());
  const body = JSON.stringify({ type, timestamp: sentAt.toISOString(), data });
  const secrets = [secret, ...(previousSecret === undefined ? [] : [previousSecret])];
  const headers = {
    "content-type": "application/json; charset=utf-8",
    "idempotency-key": id,
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(sentAt.getTime() / 1000)),
    // Several signatures, separated by a blank, are the standard's way of changing a secret.
    "webhook-signature": secrets.map((one) => new Webhook(one).sign(id, sentAt, body)).join(" "),
  };
  const answer = await post(address, { headers, body, signal, mayCallPrivate, wantsAnswer: false });
  return answer.kind === "answer" ? classifyHttpStatus(answer.status, id) : answer;
}
