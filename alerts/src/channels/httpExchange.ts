import { lookup as resolve } from "node:dns";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import type { Delivery } from "../delivery/delivery.ts";
import { classifyIoError } from "./channel.ts";
import { isPrivateAddress } from "./privateAddress.ts";

/**
 * The one way out over HTTP. An address somebody typed into a form cannot reach our own network: the check runs in the
 * connection's own name lookup, redirects are not followed, and at most 64 KiB of an answer are read.
 */

export interface Exchange {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  readonly signal: AbortSignal;
  /** Whether private and loopback addresses may be called. */
  readonly mayCallPrivate: boolean;
  /** Whether the answer's text is wanted; otherwise the connection is dropped after the status. */
  readonly wantsAnswer: boolean;
}

export type Answer = { readonly kind: "answer"; readonly status: number; readonly text: string };

const FORBIDDEN = "EPRIVATE";
const ANSWER_BYTES_MAX = 65_536;

/** Posts once on a connection of its own. What keeps an answer from coming is returned as the failed delivery it is. */
export async function post(address: string, exchange: Exchange): Promise<Answer | Extract<Delivery, { kind: "failed" }>> {
  const url = parseUrl(address);
  if (url === null) return refused("address_invalid", "expected an http or https address without a password");
  // A host that is an IP address never reaches `lookup`.
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (!exchange.mayCallPrivate && isIP(host) !== 0 && isPrivateAddress(host)) return FORBIDDEN_DELIVERY;
  try {
    return await call(url, exchange);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === FORBIDDEN) return FORBIDDEN_DELIVERY;
    return classifyIoError(error, exchange.signal);
  }
}

function refused(reason: "address_invalid" | "address_forbidden", detail: string): Extract<Delivery, { kind: "failed" }> {
  return { kind: "failed", retryable: false, reason, detail };
}
const FORBIDDEN_DELIVERY = refused("address_forbidden", "the address is private; the configuration allows public ones only");

function call(url: URL, { headers, body, signal, mayCallPrivate, wantsAnswer }: Exchange): Promise<Answer> {
  const request = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((done, fail) => {
    const onAnswer = (answer: IncomingMessage) => {
      const status = answer.statusCode ?? 0;
      if (wantsAnswer) readText(answer).then((text) => done({ kind: "answer", status, text }), fail);
      else {
        done({ kind: "answer", status, text: "" });
        answer.destroy();
      }
    };
    const lookup = mayCallPrivate ? resolve : publicLookup;
    const length = { "content-length": String(Buffer.byteLength(body)) };
    const sent = request(url, { method: "POST", headers: { ...headers, ...length }, signal, agent: false, lookup }, onAnswer);
    sent.on("error", fail);
    sent.end(body);
  });
}

async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > ANSWER_BYTES_MAX) break;
    chunks.push(part);
  }
  answer.destroy();
  return Buffer.concat(chunks).toString("utf8");
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

/** An http or https address without user and password; null for anything else. */
export function parseUrl(address: string): URL | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  const isHttp = url.protocol === "https:" || url.protocol === "http:";
  return isHttp && url.username === "" && url.password === "" ? url : null;
}
