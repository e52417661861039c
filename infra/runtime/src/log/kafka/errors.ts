import { BellwetherError } from "@bellwether/contracts/errors";
import kafkajs from "kafkajs";

// A CommonJS module whose error classes Node cannot see as named exports.
const { KafkaJSConnectionError, KafkaJSError, KafkaJSProtocolError, KafkaJSRequestTimeoutError } = kafkajs;

/** Errors of a member whose group has moved on: what it wanted to commit belongs to somebody else now. */
const MEMBERSHIP_ERRORS = ["REBALANCE_IN_PROGRESS", "ILLEGAL_GENERATION", "UNKNOWN_MEMBER_ID", "NOT_COORDINATOR_FOR_GROUP"];
const AUTH_ERRORS = /SASL|AUTHENTICATION|AUTHORIZATION/i;

/** Turns what the client threw into one line that says what was attempted, where, and what came. */
export function toLogError(error: unknown, attempted: string): BellwetherError {
  if (error instanceof BellwetherError) return error;
  const cause = rootOf(error);
  if (cause instanceof KafkaJSConnectionError || cause instanceof KafkaJSRequestTimeoutError) {
    const got = cause.message.replace(/^Connection error: /, "");
    return unavailable(`${attempted}: expected an answer from broker ${cause.broker ?? ""}, got: ${got}`, {
      retryable: true,
      cause: error,
    });
  }
  const type = protocolErrorOf(error);
  const message = cause instanceof Error ? cause.message : String(cause);
  if (type === "UNKNOWN_TOPIC_OR_PARTITION") {
    return new BellwetherError("not_found", `${attempted}: the topic or partition does not exist`, { retryable: false, cause: error });
  }
  const isFinal = AUTH_ERRORS.test(type) || type === "MESSAGE_TOO_LARGE" || nameOf(cause) === "KafkaJSNotImplemented";
  return unavailable(`${attempted}: ${AUTH_ERRORS.test(nameOf(cause)) ? "authentication failed: " : ""}${message}`, {
    retryable: !isFinal && !AUTH_ERRORS.test(nameOf(cause)),
    cause: error,
  });
}

/** Whether the group has moved on without this member, so that its commits no longer count. */
export function isMembershipError(error: unknown): boolean {
  return MEMBERSHIP_ERRORS.includes(protocolErrorOf(error));
}

/** Kafka's own name of the error, such as `MESSAGE_TOO_LARGE`; empty when it did not come from a broker. */
export function protocolErrorOf(error: unknown): string {
  const cause = rootOf(error);
  return cause instanceof KafkaJSProtocolError ? cause.type : "";
}

function unavailable(message: string, options: { retryable: boolean; cause: unknown }): BellwetherError {
  return new BellwetherError("log_unavailable", message, options);
}

/** The innermost error: kafkajs wraps what happened in what it did about it. */
function rootOf(error: unknown): unknown {
  return error instanceof KafkaJSError && error.cause instanceof Error ? rootOf(error.cause) : error;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}
