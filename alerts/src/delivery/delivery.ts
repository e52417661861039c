/** The words of delivery: states of an outbox row and the closed lists of why a message failed or was withheld. */

export const OUTBOX_STATES = ["due", "sent", "dead", "cancelled"] as const;
export type OutboxState = (typeof OUTBOX_STATES)[number];

/** What a reader is told of a message: the operator's record of somebody who was not told is `withheld`, never "sent". */
export const NOTIFICATION_STATES = [...OUTBOX_STATES, "withheld"] as const;

/** Why an attempt failed; the list is closed so that it can be counted. */
export const DELIVERY_FAILURES = [
  "timeout",
  "unreachable",
  "rejected",
  "unavailable",
  "rate_limited",
  "redirected",
  "address_invalid",
  "address_forbidden",
  "channel_disabled",
  "store_unavailable",
] as const;
export type DeliveryFailure = (typeof DELIVERY_FAILURES)[number];

/** Why a recipient was not told although there was something to say. */
export const WITHHELD_REASONS = ["no_contact", "no_consent", "monthly_cap", "snoozed"] as const;
export type WithheldReason = (typeof WITHHELD_REASONS)[number];

/** Why a message was taken back before anybody tried to send it. */
export type CancelReason = "settled" | "over" | "superseded" | "opted_out" | "in_digest" | "snoozed" | "erased";

/** What a channel says about one attempt. */
export type Delivery =
  | { readonly kind: "sent"; readonly providerId: string }
  | { readonly kind: "failed"; readonly retryable: boolean; readonly reason: DeliveryFailure; readonly detail: string };
