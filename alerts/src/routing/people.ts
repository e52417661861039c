import { LANGUAGES, type Language } from "@bellwether/contracts/alert";
import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { findConsent, recordConsent } from "../owners/consents.ts";
import type { DealerContact, OwnerContact, ToldBefore } from "./route.ts";

/** Dealers and owners: the personal data, which exists only in PostgreSQL. */

export interface Dealer {
  readonly id: string;
  readonly name: string;
  readonly language: Language;
  readonly channel: string;
  readonly address: string;
  readonly timeZone: string;
  readonly region?: string;
  /** Components the workshop is trained for; empty: all. */
  readonly skills?: readonly string[];
  readonly capacityPerWeek?: number | null;
}

export interface VehicleContact {
  readonly vin: string;
  readonly name: string;
  readonly language: Language;
  readonly channel: string;
  readonly address: string;
  readonly timeZone: string;
  readonly dealerId: string | null;
  /** Which text the owner agreed to and when; null: no consent, so the owner is not told. */
  readonly consent: { readonly textVersion: string; readonly at: string } | null;
}

export async function saveDealer(db: Queryable, dealer: Dealer): Promise<void> {
  await db.execute(
    `INSERT INTO dealers (id, name, language, channel, address, time_zone, region, skills, capacity_per_week)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, language = excluded.language, channel = excluded.channel,
       address = excluded.address, time_zone = excluded.time_zone, region = excluded.region, skills = excluded.skills,
       capacity_per_week = excluded.capacity_per_week`,
    [
      dealer.id,
      dealer.name,
      dealer.language,
      dealer.channel,
      dealer.address,
      dealer.timeZone,
      dealer.region ?? "",
      [...(dealer.skills ?? [])],
      dealer.capacityPerWeek ?? null,
    ],
  );
}

/** Stores an owner's contact and consent, and gives leads that still have no dealer to the owner's dealer. */
export async function saveContact(db: Queryable, contact: VehicleContact): Promise<void> {
  await db.execute(
    `INSERT INTO vehicle_contacts
       (vin, name, language, channel, address, time_zone, dealer_id, consent, consent_text_version, consent_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (vin) DO UPDATE SET name = excluded.name, language = excluded.language, channel = excluded.channel,
       address = excluded.address, time_zone = excluded.time_zone, dealer_id = excluded.dealer_id, consent = excluded.consent,
       consent_text_version = excluded.consent_text_version, consent_at = excluded.consent_at`,
    [
      contact.vin,
      contact.name,
      contact.language,
      contact.channel,
      contact.address,
      contact.timeZone,
      contact.dealerId,
      contact.consent !== null,
      contact.consent?.textVersion ?? null,
      contact.consent?.at ?? null,
    ],
  );
  await keepConsent(db, contact);
  if (contact.dealerId === null) return;
  await db.execute("UPDATE leads SET dealer_id = $2 WHERE vin = $1 AND dealer_id IS NULL AND state = 'offered'", [
    contact.vin,
    contact.dealerId,
  ]);
}

/** The contact's consent goes into the history once; an older one than the owner's last word does not come back to life. */
async function keepConsent(db: Queryable, { vin, consent }: VehicleContact): Promise<void> {
  const latest = await findConsent(db, vin, "service");
  const entry = { vin, purpose: "service", proof: "contact record", recordedBy: "contacts" } as const;
  if (consent === null) {
    if (latest?.given !== true) return;
    await recordConsent(db, { ...entry, given: false, textVersion: latest.text_version, atMs: latest.at + 1 });
  } else {
    await recordConsent(db, { ...entry, given: true, textVersion: consent.textVersion, atMs: Date.parse(consent.at) });
  }
}

const contactRow = z.object({
  language: z.enum(LANGUAGES),
  channel: z.string(),
  address: z.string(),
  time_zone: z.string(),
  dealer_id: z.string().nullable(),
  consent: z.boolean(),
  consent_text_version: z.string().nullable(),
});

const dealerRow = z.object({
  id: z.string(),
  language: z.enum(LANGUAGES),
  channel: z.string(),
  address: z.string(),
  time_zone: z.string(),
});

/** The owner of a vehicle and the owner's dealer; null where not known. */
export async function findPeople(tx: Queryable, vin: string): Promise<{ owner: OwnerContact | null; dealer: DealerContact | null }> {
  const contacts = await tx.query(
    `SELECT language, channel, address, time_zone, dealer_id, consent, consent_text_version FROM vehicle_contacts WHERE vin = $1`,
    [vin],
    contactRow,
  );
  const contact = contacts[0];
  if (contact === undefined) return { owner: null, dealer: null };
  return {
    owner: {
      language: contact.language,
      channel: contact.channel,
      address: contact.address,
      timeZone: contact.time_zone,
      dealerId: contact.dealer_id,
      hasConsent: contact.consent,
      consentTextVersion: contact.consent_text_version,
    },
    dealer: contact.dealer_id === null ? null : await findDealer(tx, contact.dealer_id),
  };
}

export async function findDealer(tx: Queryable, id: string): Promise<DealerContact | null> {
  const [row] = await tx.query("SELECT id, language, channel, address, time_zone FROM dealers WHERE id = $1", [id], dealerRow);
  if (row === undefined) return null;
  const { language, channel, address, time_zone: timeZone } = row;
  return { id, language, channel, address, timeZone };
}

/** What has been said about an alert so far. */
export async function findToldBefore(tx: Queryable, alertId: string): Promise<ToldBefore> {
  const rows = await tx.query(
    `SELECT coalesce(bool_or(audience = 'owner' AND withheld_reason IS NULL), false) AS owner,
       coalesce(bool_or(audience = 'dealer'), false) AS dealer,
       coalesce(bool_or(audience = 'owner' AND withheld_reason IS NOT NULL), false) AS withheld
     FROM notifications JOIN outbox ON outbox.id = notifications.id WHERE alert_id = $1 AND (outbox.state <> 'cancelled' OR outbox.failure_detail = 'in_digest')`,
    [alertId],
    z.object({ owner: z.boolean(), dealer: z.boolean(), withheld: z.boolean() }),
  );
  const said = rows[0];
  return { owner: said?.owner ?? false, dealer: said?.dealer ?? false, ownerWithheld: said?.withheld ?? false };
}
