import type { ColumnStore } from "@bellwether/clickhouse/store";
import type { Postgres, Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import type { MessageLimits } from "../delivery/message.ts";
import { enqueueNotification } from "../delivery/outbox.ts";
import { notificationIdOf } from "../identity/identity.ts";
import { findConsent } from "../owners/consents.ts";
import { planFor } from "../owners/preferences.ts";
import { findPeople } from "../routing/people.ts";
import { toTimestamp } from "../rows.ts";
import { type CareFacts, type CareNotice, decideCare } from "./careDecision.ts";
import { renderCare } from "./careMessage.ts";
import type { CarePlan } from "./carePlan.ts";
import { readCareFacts } from "./careReads.ts";

/**
 * Looks at every vehicle whose owner agreed to care, once a day, and tells at most one thing a look. It leaves by the path of
 * every owner's message: monthly limit, digest, quiet hours, second channel, and the sender's last look at the consent.
 */

export interface CareDeps {
  readonly db: Pick<Postgres, "query" | "execute" | "transaction">;
  readonly store: Pick<ColumnStore, "query">;
  readonly limitsOf: (channel: string) => MessageLimits;
  readonly now: () => number;
}

const BATCH = 500;
const LOOK_EVERY_MS = 86_400_000;

/** One batch of looks. Returns how many messages were written. Any number of replicas may run it: a notice is written once. */
export async function careDue(deps: CareDeps, plan: CarePlan): Promise<number> {
  const nowMs = deps.now();
  const rows = await deps.db.query(
    `SELECT c.vin FROM vehicle_contacts c LEFT JOIN care_looks k ON k.vin = c.vin
     WHERE (k.looked_at IS NULL OR k.looked_at <= $1)
       AND (SELECT given FROM consents WHERE vin = c.vin AND purpose = 'care' ORDER BY at DESC, seq DESC LIMIT 1)
     ORDER BY k.looked_at NULLS FIRST, c.vin LIMIT ${BATCH}`,
    [toTimestamp(nowMs - LOOK_EVERY_MS)],
    z.object({ vin: z.string() }),
  );
  if (rows.length === 0) return 0;
  const facts = await readCareFacts(
    deps.db,
    deps.store,
    rows.map(({ vin }) => vin),
    nowMs,
  );
  let told = 0;
  for (const [vin, known] of facts) {
    if (await deps.db.transaction((tx) => look(tx, vin, known, plan, { limitsOf: deps.limitsOf, nowMs }))) told++;
  }
  return told;
}

interface Look {
  readonly limitsOf: CareDeps["limitsOf"];
  readonly nowMs: number;
}

async function look(tx: Queryable, vin: string, facts: CareFacts, plan: CarePlan, { limitsOf, nowMs }: Look): Promise<boolean> {
  await tx.execute(
    "INSERT INTO care_looks (vin, looked_at) VALUES ($1, $2) ON CONFLICT (vin) DO UPDATE SET looked_at = excluded.looked_at",
    [vin, toTimestamp(nowMs)],
  );
  const { owner } = await findPeople(tx, vin);
  const consent = await findConsent(tx, vin, "care");
  if (owner === null || consent?.given !== true) return false;
  const told = await toldOccasions(tx, vin);
  const notice = decideCare({ nowMs, timeZone: owner.timeZone, facts, plan }).find((due) => !told.has(keyOf(due)));
  if (notice === undefined) return false;
  const { language, channel, address, timeZone } = owner;
  const id = notificationIdOf({ alertId: `${vin}/${keyOf(notice)}`, audience: "owner", reason: "care", decidedAtMs: 0 });
  const about = { id, vin, alertId: null, severity: "info", reason: "care", timeZone, decidedAtMs: nowMs, nowMs } as const;
  // The month is used up: it is looked at again tomorrow, and not told off as said.
  if ((await planFor(tx, about)).kind === "withheld") return false;
  if (!(await keepNotice(tx, vin, notice, { id, odometerKm: facts.odometerKm, nowMs }))) return false;
  await enqueueNotification(tx, {
    ...{ id, alertId: null, vin, severity: "info", purpose: "care", decidedAtMs: nowMs, nowMs },
    recipient: {
      ...{ audience: "owner", reason: "care", channel, address, language, timeZone },
      ...{ dealerId: null, withheldReason: null, consentTextVersion: consent.text_version },
    },
    message: renderCare({ vin, language, notice, odometerKm: facts.odometerKm }, limitsOf(channel)),
  });
  return true;
}

function keyOf({ kind, occasion }: Pick<CareNotice, "kind" | "occasion">): string {
  return `${kind}/${occasion}`;
}

async function toldOccasions(tx: Queryable, vin: string): Promise<ReadonlySet<string>> {
  const row = z.object({ kind: z.enum(["winter", "long_trip", "maintenance"]), occasion: z.string() });
  const told = await tx.query("SELECT kind, occasion FROM care_notices WHERE vin = $1", [vin], row);
  return new Set(told.map(keyOf));
}

/** False when another replica has just written it. */
async function keepNotice(
  tx: Queryable,
  vin: string,
  { kind, occasion, item }: CareNotice,
  { id, odometerKm, nowMs }: { id: string; odometerKm: number | null; nowMs: number },
): Promise<boolean> {
  const written = await tx.execute(
    `INSERT INTO care_notices (vin, kind, occasion, item, odometer_km, notification_id, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT DO NOTHING`,
    [vin, kind, occasion, item, odometerKm, id, toTimestamp(nowMs)],
  );
  return written > 0;
}
