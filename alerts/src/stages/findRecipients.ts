import type { Queryable } from "@bellwether/postgres/open";
import { type Advice, adviceFor } from "../advice.ts";
import { cancelPending } from "../delivery/outbox.ts";
import { findLeadDealer } from "../leads/leadDealers.ts";
import { findOdometerKm } from "../leads/leads.ts";
import { findPeople, findToldBefore } from "../routing/people.ts";
import { type Recipient, route } from "../routing/route.ts";
import type { Effective } from "./decide.ts";
import type { StageDeps } from "./deps.ts";

export type Routed = Effective & {
  readonly advice: Advice;
  readonly recipients: readonly Recipient[];
  readonly dealerId: string | null;
  readonly region: string;
  readonly odometerKm: number | null;
};

/** Who hears of it. People and odometer are looked up only when there is something to say. */
export async function findRecipients(tx: Queryable, decided: Effective, { advice, store, now }: StageDeps): Promise<Routed> {
  const { finding, after, reason, mark } = decided;
  const known = { ...decided, advice: adviceFor(finding, advice) };
  if (reason === "none" || after.heldOut) return { ...known, recipients: [], dealerId: null, region: "", odometerKm: null };
  const { owner, dealer: own } = await findPeople(tx, finding.vin);
  const { dealer, region } = await findLeadDealer(tx, store, after, own, now());
  // A warning that still waits for the owner's morning is not needed any more, and its all-clear neither.
  if (reason === "resolved") await cancelPending(tx, after.id, "over", now(), true);
  const told = await findToldBefore(tx, after.id);
  const odometerKm = await findOdometerKm(store, finding.vin, mark.lastSeenMs);
  return {
    ...known,
    recipients: route({ reason, severity: after.severity, owner, dealer, told }),
    dealerId: dealer?.id ?? null,
    region,
    odometerKm,
  };
}
