import type { Component } from "@bellwether/contracts/finding";

/** Who pays, pure: from the warranty's dates and open recalls. What is not known is null. */

export const WARRANTY_STATES = ["in_warranty", "expired"] as const;
/** `warranty_claim`: within the warranty, and the maker decides on the claim; `owner`: it has ended (goodwill is not known here). */
export const PAYERS = ["maker", "warranty_claim", "owner"] as const;
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
  /** Null: no maker's list has ever been connected. */
  readonly recalls: readonly Recall[] | null;
}): LeadWarranty {
  const { component, observedOn, recalls } = about;
  const isCovered = COVERED.includes(component);
  const until = isCovered ? about.warrantyUntil : null;
  const status = until === null ? null : observedOn <= until ? "in_warranty" : "expired";
  const own = recalls?.filter((recall) => recall.component === component) ?? null;
  const recall = own === null ? null : own.some(({ state }) => state === "open") ? "open" : own.length > 0 ? "done" : "none";
  return { status, until, sohLimitPct: isCovered ? about.sohLimitPct : null, recall, payer: payerOf(status, recall), recalls };
}

function payerOf(status: LeadWarranty["status"], recall: LeadWarranty["recall"]): LeadWarranty["payer"] {
  if (recall === "open") return "maker";
  if (status === "in_warranty") return "warranty_claim";
  // Without the maker's list an open recall cannot be ruled out.
  return status === "expired" && recall !== null ? "owner" : null;
}
