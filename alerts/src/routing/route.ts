import type { Audience, Language, NotifyReason } from "@bellwether/contracts/alert";
import type { Severity } from "@bellwether/contracts/finding";
import type { WithheldReason } from "../delivery/delivery.ts";

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

/** Why somebody hears of an alert's finding; a withdrawal, a digest, a question after a visit and care are written elsewhere. */
export type TellReason = Exclude<NotifyReason, "none" | "withdrawn" | "digest" | "follow_up" | "care">;

export interface Recipient {
  readonly audience: Audience;
  readonly reason: TellReason;
  readonly channel: string;
  readonly address: string;
  readonly language: Language;
  readonly timeZone: string;
  readonly dealerId: string | null;
  readonly withheldReason: WithheldReason | null;
  readonly consentTextVersion: string | null;
  /** What a safety message passed over. */
  readonly passed?: "no_consent";
}

export interface RouteInput {
  readonly reason: NotifyReason;
  readonly severity: Severity;
  readonly owner: OwnerContact | null;
  readonly dealer: DealerContact | null;
  readonly told: ToldBefore;
}

/** Where the operator's record goes when the owner may not or cannot be told. */
export const OPERATOR = { channel: "log", address: "operator" } as const;

/** Recipients of a decision: at most one owner and one dealer. Without a dealer the lead itself is the record. */
export function route(input: RouteInput): readonly Recipient[] {
  return [ownerRecipient(input), dealerRecipient(input)].filter((recipient) => recipient !== null);
}

function ownerRecipient({ reason, severity, owner, told }: RouteInput): Recipient | null {
  if (!isTelling(reason) || (isFollowUp(reason) && !told.owner)) return null;
  const isSafety = severity === "critical" && !isFollowUp(reason);
  const withheldReason = withheldFor(owner, isSafety);
  if (owner === null || withheldReason !== null) {
    if (told.ownerWithheld || isFollowUp(reason)) return null;
    return { ...operatorRecord(owner?.language ?? "en"), reason, withheldReason };
  }
  const { language, channel, address, timeZone, consentTextVersion } = owner;
  // Whoever has not heard of the fault hears of it for the first time, however bad it has become.
  const saidAs = reason === "escalated" && !told.owner ? "first" : reason;
  const recipient = { audience: "owner", reason: saidAs, channel, address, language, timeZone, dealerId: null } as const;
  return { ...recipient, withheldReason, consentTextVersion, ...(owner.hasConsent ? {} : { passed: "no_consent" }) };
}

function dealerRecipient({ reason, dealer, told }: RouteInput): Recipient | null {
  // The dealer's reminder is the clock of the lead, not a message.
  if (!isTelling(reason) || reason === "reminder" || dealer === null || (reason === "resolved" && !told.dealer)) return null;
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

const WRITTEN_ELSEWHERE = ["none", "withdrawn", "digest", "follow_up", "care"] as const;

function isTelling(reason: NotifyReason): reason is TellReason {
  return !WRITTEN_ELSEWHERE.some((other) => other === reason);
}

/** Says more about something that was said before; without that it makes no sense. */
function isFollowUp(reason: TellReason): boolean {
  return reason === "resolved" || reason === "reminder";
}

/** Danger is told to whoever can be reached, agreed or not; it is on record that it was. */
function withheldFor(owner: OwnerContact | null, isSafety: boolean): WithheldReason | null {
  if (owner === null) return "no_contact";
  return owner.hasConsent || isSafety ? null : "no_consent";
}

function operatorRecord(language: Language): Omit<Recipient, "reason" | "withheldReason"> {
  return {
    audience: "owner",
    ...OPERATOR,
    language,
    timeZone: "UTC",
    dealerId: null,
    consentTextVersion: null,
  };
}
