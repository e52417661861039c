import type { Audience, Language } from "@bellwether/contracts/alert";
import type { Delivery } from "../delivery/delivery.ts";
import type { MessageLimits } from "../delivery/message.ts";

/** A rendered message on its way out. `id` is the idempotency key: the receiver may drop an id it has seen. */
export interface Outgoing {
  readonly id: string;
  readonly alertId: string;
  readonly vin: string;
  readonly audience: Audience;
  readonly reason: string;
  readonly severity: string;
  readonly address: string;
  readonly language: Language;
  readonly title: string;
  readonly body: string;
  readonly withheldReason: string | null;
}

/**
 * One way to reach somebody. A channel only classifies what happened; retrying happens once, in the sender.
 * `send` never rejects, ends when the signal is aborted, and its `detail` never holds a secret, an address or the text.
 */
export interface Channel {
  readonly limits: MessageLimits;
  send(message: Outgoing, signal: AbortSignal): Promise<Delivery>;
  close(): Promise<void>;
}

/** What HTTP says about an attempt: 2xx taken, 408, 425, 429 and 5xx worth another try, the rest refused for good. */
export function classifyHttpStatus(status: number, providerId: string): Delivery {
  if (status >= 200 && status < 300) return { kind: "sent", providerId };
  const detail = `expected status 2xx, got ${status}`;
  if (status === 429) return { kind: "failed", retryable: true, reason: "rate_limited", detail };
  if (status === 408 || status === 425 || status >= 500) return { kind: "failed", retryable: true, reason: "unavailable", detail };
  if (status >= 300 && status < 400) return { kind: "failed", retryable: false, reason: "redirected", detail };
  return { kind: "failed", retryable: false, reason: "rejected", detail };
}

/** What a failed connection says: the time is up, or nobody answers. Only the error's code is kept. */
export function classifyIoError(error: unknown, signal: AbortSignal): Extract<Delivery, { kind: "failed" }> {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "no code";
  if (signal.aborted || code === "ETIMEDOUT" || code === "ESOCKETTIMEDOUT") {
    return { kind: "failed", retryable: true, reason: "timeout", detail: "no answer within the time limit" };
  }
  return { kind: "failed", retryable: true, reason: "unreachable", detail: `connection failed: ${code}` };
}

/** Ends the wait, not the work, when the signal is aborted: for libraries that take no signal. */
export function raceAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((done, fail) => {
    const onAbort = () => fail(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(done, fail).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
