import { z } from "zod";
import type { Delivery } from "../delivery/delivery.ts";
import { classifyHttpStatus } from "./channel.ts";
import { parseUrl, post } from "./httpExchange.ts";

/**
 * Group robots of DingTalk, Feishu and WeCom. The address is the robot's webhook; where the robot signs, its secret
 * stands behind `#`, a part of an address that is never sent. The robots know no idempotency key: an answer that is
 * lost means that the group may read a message twice.
 */

export interface RobotOptions {
  readonly mayCallPrivate: boolean;
  readonly now: () => number;
}

export interface RobotAddress {
  readonly url: URL;
  /** Null where the robot is not set up to sign. */
  readonly secret: string | null;
}

export function parseRobotAddress(address: string): RobotAddress | null {
  const url = parseUrl(address);
  if (url === null) return null;
  const secret = url.hash === "" ? null : decodeURIComponent(url.hash.slice(1));
  url.hash = "";
  return { url, secret };
}

export const INVALID_ROBOT: Delivery = {
  kind: "failed",
  retryable: false,
  reason: "address_invalid",
  detail: "expected the https address of a group robot",
};

export interface RobotCall {
  readonly id: string;
  readonly url: URL;
  readonly body: object;
  readonly signal: AbortSignal;
  readonly mayCallPrivate: boolean;
  /** Codes that mean "later": too many messages, system busy. */
  readonly busyCodes: readonly number[];
}

/** DingTalk and WeCom say `errcode`, Feishu `code`; 0 is taken, whatever the HTTP status says about the rest. */
const answerSchema = z
  .object({ errcode: z.number().optional(), code: z.number().optional() })
  .transform(({ errcode, code }) => errcode ?? code ?? null);

/** Posts to a robot and reads its verdict, which stands in the answer's body. */
export async function postToRobot({ id, url, body, signal, mayCallPrivate, busyCodes }: RobotCall): Promise<Delivery> {
  const headers = { "content-type": "application/json; charset=utf-8" };
  const answer = await post(url.href, { headers, body: JSON.stringify(body), signal, mayCallPrivate, wantsAnswer: true });
  if (answer.kind !== "answer") return answer;
  const byStatus = classifyHttpStatus(answer.status, id);
  if (byStatus.kind === "failed") return byStatus;
  const code = answerSchema.safeParse(parseJson(answer.text)).data ?? null;
  if (code === 0) return byStatus;
  if (code === null) return { kind: "failed", retryable: true, reason: "unavailable", detail: "expected a JSON answer with a code" };
  const detail = `expected code 0, got ${code}`;
  return busyCodes.includes(code)
    ? { kind: "failed", retryable: true, reason: "rate_limited", detail }
    : { kind: "failed", retryable: false, reason: "rejected", detail };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
