import { lookup as resolve } from "node:dns";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { Webhook } from "standardwebhooks";
import type { Delivery } from "../delivery.ts";
import { type Channel, classifyHttpStatus, classifyIoError, type Outgoing } from "./channel.ts";
import { isPrivateAddress } from "./privateAddress.ts";

export interface WebhookChannelOptions {
  /** Standard Webhooks secret, `whsec_` and base64: https://www.standardwebhooks.com. */
  readonly secret: string;
  /** Whether private and loopback addresses may be called; off, so that an address in a form cannot reach our own network. */
  readonly mayCallPrivate: boolean;
  readonly now: () => number;
}

const FORBIDDEN = "EPRIVATE";
const FORBIDDEN_DELIVERY: Delivery = {
  kind: "failed",
  retryable: false,
  reason: "address_forbidden",
  detail: "the address is private; the configuration allows public ones only",
};

/** Posts each message as signed JSON. Redirects are not followed and the answer's body is not read. */
export function createWebhookChannel(options: WebhookChannelOptions): Channel {
  const signer = new Webhook(options.secret);
  return {
    limits: { titleChars: 120, bodyChars: 2000 },
    send: (message, signal) => post(message, signal, signer, options),
    close: async () => {},
  };
}

async function post(message: Outgoing, signal: AbortSignal, signer: Webhook, options: WebhookChannelOptions): Promise<Delivery> {
  const url = parseUrl(message.address);
  if (url === null) {
    return { kind: "failed", retryable: false, reason: "address_invalid", detail: "expected an http or https address without a password" };
  }
  // A host that is an IP address never reaches `lookup`.
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (!options.mayCallPrivate && isIP(host) !== 0 && isPrivateAddress(host)) return FORBIDDEN_DELIVERY;
  const { address: _, ...data } = message;
  const sentAt = new Date(options.now());
  const body = JSON.stringify({ type: "bellwether.notification", timestamp: sentAt.toISOString(), data });
  const headers = {
    "content-type": "application/json; charset=utf-8",
    "content-length": String(Buffer.byteLength(body)),
    "idempotency-key": message.id,
    "webhook-id": message.id,
    "webhook-timestamp": String(Math.floor(sentAt.getTime() / 1000)),
    "webhook-signature": signer.sign(message.id, sentAt, body),
  };
  try {
    const status = await exchange(url, { headers, body, signal, mayCallPrivate: options.mayCallPrivate });
    return classifyHttpStatus(status, message.id);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === FORBIDDEN) return FORBIDDEN_DELIVERY;
    return classifyIoError(error, signal);
  }
}

interface Exchange {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
  readonly mayCallPrivate: boolean;
}

/** One request on a connection of its own; resolves with the status. The connection is dropped without reading the answer. */
function exchange(url: URL, { headers, body, signal, mayCallPrivate }: Exchange): Promise<number> {
  const request = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((done, fail) => {
    const onAnswer = (answer: IncomingMessage) => {
      done(answer.statusCode ?? 0);
      answer.destroy();
    };
    const call = request(url, { method: "POST", headers, signal, agent: false, lookup: mayCallPrivate ? resolve : publicLookup }, onAnswer);
    call.on("error", fail);
    call.end(body);
  });
}

/** Resolves a name and refuses private addresses; it runs for the very connection, so a name cannot change its mind in between. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, "");
    const [first] = addresses;
    if (first === undefined || addresses.some(({ address }) => isPrivateAddress(address))) {
      return callback(Object.assign(new Error("private address"), { code: FORBIDDEN }), "");
    }
    return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
  });
};

function parseUrl(address: string): URL | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  const isHttp = url.protocol === "https:" || url.protocol === "http:";
  return isHttp && url.username === "" && url.password === "" ? url : null;
}
