import type { Component } from "@bellwether/contracts/finding";

/** Who pays, pure: from the dates of warranty and goodwill and from open recalls. What is not known is null. */

export const WARRANTY_STATES = ["in_warranty", "expired"] as const;
export const GOODWILL_STATES = ["open", "ended"] as const;
/**
 * `warranty_claim`: within the warranty, and the maker decides on the claim; `goodwill_request`: it has ended, but the maker takes a
 * request to share the cost; `owner`: neither, or nothing is known of goodwill.
 */
export const PAYERS = ["maker", "warranty_claim", "goodwill_request", "owner"] as const;
export const RECALL_STATES = ["open", "done"] as const;

export interface Recall {
  readonly campaign: string;
  readonly component: Component;
  readonly title: string;
  readonly state: (typeof RECALL_STATES)[number];
  readonly openedOn: string;
}

export interface LeadWarranty {
  readonly status: (typeof WARRANTY_STATES)[number] | null;
  readonly until: string | null;
  /** State of health below which the warranty on capacity pays. */
  readonly sohLimitPct: number | null;
  /** Of the lead's component; `none`: the maker's list is connected and has none. */
  readonly recall: (typeof RECALL_STATES)[number] | "none" | null;
  /** Whether the maker takes a request to share the cost after the warranty. */
  readonly goodwill: (typeof GOODWILL_STATES)[number] | null;
  readonly goodwillUntil: string | null;
  readonly payer: (typeof PAYERS)[number] | null;
  readonly recalls: readonly Recall[] | null;
}

/** The date in the master data is the traction battery's; of other parts nothing is known. */
const COVERED: readonly Component[] = ["battery", "battery_cell", "battery_insulation", "battery_thermal"];

export function warrantyOf(about: {
  readonly component: Component;
  /** Of the observation: what counts is when the fault was there. */
  readonly observedOn: string;
  readonly warrantyUntil: string | null;
  readonly sohLimitPct: number | null;
  /** Of any component; null: not known. */
  readonly goodwillUntil: string | null;
  /** Null: no maker's list has ever been connected. */
  readonly recalls: readonly Recall[] | null;
}): LeadWarranty {
  const { component, observedOn, recalls } = about;
  const isCovered = COVERED.includes(component);
  const until = isCovered ? about.warrantyUntil : null;
  const status = until === null ? null : observedOn <= until ? "in_warranty" : "expired";
  const own = recalls?.filter((recall) => recall.component === component) ?? null;
  const recall = own === null ? null : own.some(({ state }) => state === "open") ? "open" : own.length > 0 ? "done" : "none";
  const { goodwillUntil } = about;
  const goodwill = goodwillUntil === null ? null : observedOn <= goodwillUntil ? "open" : "ended";
  const payer = payerOf(status, recall, goodwill);
  return { status, until, sohLimitPct: isCovered ? about.sohLimitPct : null, recall, goodwill, goodwillUntil, payer, recalls };
}

function payerOf(
  status: LeadWarranty["status"],
  recall: LeadWarranty["recall"],
  goodwill: LeadWarranty["goodwill"],
): LeadWarranty["payer"] {
  if (recall === "open") return "maker";
  if (status === "in_warranty") return "warranty_claim";
  // Without the maker's list an open recall cannot be ruled out.
  if (status !== "expired" || recall === null) return null;
  return goodwill === "open" ? "goodwill_request" : "owner";
}
