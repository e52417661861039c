import type { Audience, Language, NotifyReason } from "@bellwether/contracts/alert";
import type { WithheldReason } from "./delivery.ts";

/** Who hears of a decision, pure. */

export interface OwnerContact {
  readonly language: Language;
  readonly channel: string;
  readonly address: string;
  readonly timeZone: string;
  readonly dealerId: string | null;
  readonly hasConsent: boolean;
  readonly consentTextVersion: string | null;
}

export interface DealerContact {
  readonly id: string;
  readonly language: Language;
  readonly channel: string;
  readonly address: string;
  readonly timeZone: string;
}

/** What has been said about the alert before. */
export interface ToldBefore {
  readonly owner: boolean;
  readonly dealer: boolean;
  /** The operator's log already says that the owner could not be told. */
  readonly ownerWithheld: boolean;
}

export interface Recipient {
  readonly audience: Audience;
  readonly reason: Exclude<NotifyReason, "none">;
  readonly channel: string;
  readonly address: string;
  readonly language: Language;
  readonly timeZone: string;
  readonly dealerId: string | null;
  readonly withheldReason: WithheldReason | null;
  readonly consentTextVersion: string | null;
}

export interface RouteInput {
  readonly reason: NotifyReason;
  readonly owner: OwnerContact | null;
  readonly dealer: DealerContact | null;
  readonly told: ToldBefore;
}

/** The channel of the operator's record when the owner may not or cannot be told. */
const OPERATOR_CHANNEL = "log";

/** Recipients of a decision: at most one owner and one dealer. Without a dealer the lead itself is the record. */
export function route(input: RouteInput): readonly Recipient[] {
  return [ownerRecipient(input), dealerRecipient(input)].filter((recipient) => recipient !== null);
}

function ownerRecipient({ reason, owner, told }: RouteInput): Recipient | null {
  if (reason === "none" || (reason === "resolved" && !told.owner)) return null;
  const withheldReason = withheldFor(owner);
  if (owner === null || withheldReason !== null) {
    if (told.ownerWithheld || reason === "resolved") return null;
    return { ...operatorRecord(owner?.language ?? "en"), reason, withheldReason };
  }
  const { language, channel, address, timeZone, consentTextVersion } = owner;
  // Whoever has not heard of the fault hears of it for the first time, however bad it has become.
  const saidAs = reason === "escalated" && !told.owner ? "first" : reason;
  return { audience: "owner", reason: saidAs, channel, address, language, timeZone, dealerId: null, withheldReason, consentTextVersion };
}

function dealerRecipient({ reason, dealer, told }: RouteInput): Recipient | null {
  if (reason === "none" || dealer === null || (reason === "resolved" && !told.dealer)) return null;
  const { id, language, channel, address, timeZone } = dealer;
  const saidAs = reason === "escalated" && !told.dealer ? "first" : reason;
  return {
    audience: "dealer",
    reason: saidAs,
    channel,
    address,
    language,
    timeZone,
    dealerId: id,
    withheldReason: null,
    consentTextVersion: null,
  };
}

function withheldFor(owner: OwnerContact | null): WithheldReason | null {
  if (owner === null) return "no_contact";
  return owner.hasConsent ? null : "no_consent";
}

function operatorRecord(language: Language): Omit<Recipient, "reason" | "withheldReason"> {
  return {
    audience: "owner",
    channel: OPERATOR_CHANNEL,
    address: "operator",
    language,
    timeZone: "UTC",
    dealerId: null,
    consentTextVersion: null,
  };
}
