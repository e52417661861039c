import type { Delivery } from "../delivery/delivery.ts";
import { type Channel, classifyHttpStatus, type Outgoing } from "./channel.ts";
import { post } from "./httpExchange.ts";

export interface SmsChannelOptions {
  /** Templates: `{{to}}`, `{{text}}` and `{{id}}` are filled in, escaped for where they stand. */
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly mayCallPrivate: boolean;
}

/** E.164: a plus, the country and at most 15 digits. */
const PHONE = /^\+[1-9]\d{6,14}$/;

/** Text messages through any provider that takes an HTTP POST; status 2xx counts as taken. */
export function createSmsChannel(options: SmsChannelOptions): Channel {
  return {
    // Five parts in Chinese (67 characters each), title included.
    limits: { titleChars: 60, bodyChars: 270 },
    send: (message, signal) => sendMessage(message, signal, options),
    close: async () => {},
  };
}

async function sendMessage(message: Outgoing, signal: AbortSignal, options: SmsChannelOptions): Promise<Delivery> {
  const { address, id, title, body } = message;
  if (!PHONE.test(address)) {
    return { kind: "failed", retryable: false, reason: "address_invalid", detail: "expected a phone number as +<country><number>" };
  }
  const values = { to: address, text: `${title}\n${body}`, id };
  const isJson = options.body.trimStart().startsWith("{");
  const type = isJson ? "application/json; charset=utf-8" : "application/x-www-form-urlencoded";
  const headers = { "content-type": type, "idempotency-key": id, ...options.headers };
  const filled = fillTemplate(options.body, values, isJson ? escapeJson : encodeURIComponent);
  const exchange = { headers, body: filled, signal, mayCallPrivate: options.mayCallPrivate, wantsAnswer: false };
  const answer = await post(fillTemplate(options.url, values, encodeURIComponent), exchange);
  return answer.kind === "answer" ? classifyHttpStatus(answer.status, id) : answer;
}

type Values = Readonly<Record<"to" | "text" | "id", string>>;

/** Fills `{{name}}`; what is filled in is never looked at again, so a text cannot smuggle in another value. */
function fillTemplate(template: string, values: Values, escapeValue: (value: string) => string): string {
  return template.replace(/\{\{(to|text|id)\}\}/g, (_, name: keyof Values) => escapeValue(values[name]));
}

function escapeJson(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}
