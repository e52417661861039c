import type { Role } from "@bellwether/contracts/alert";
import type { Postgres, Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import type { Caller } from "../identity/apiKeys.ts";
import { notFound } from "./problems.ts";

/** Who may call what, as data. A route without a line here does not start. */

const ADMIN = ["admin"] as const;
const STAFF = ["analyst", "service", "admin"] as const;
/** Whoever answers for a rule is a person. */
const ANALYSTS = ["analyst", "admin"] as const;
const WITH_DEALER = [...STAFF, "dealer"] as const;
const WITH_OWNER = [...STAFF, "owner"] as const;
const EVERYONE = [...STAFF, "dealer", "owner"] as const;

export const ROUTE_ROLES: Readonly<Record<string, readonly Role[] | "public">> = {
  "GET /v1/session": EVERYONE,
  "GET /v1/overview": STAFF,
  "GET /v1/vehicles": STAFF,
  "GET /v1/vehicles/:vin": EVERYONE,
  "GET /v1/vehicles/:vin/cells": EVERYONE,
  "GET /v1/vehicles/:vin/signals": EVERYONE,
  "GET /v1/vehicles/:vin/scores": STAFF,
  "GET /v1/findings": STAFF,
  "GET /v1/fleet/rates": STAFF,
  "GET /v1/fleet/findings": STAFF,
  "GET /v1/fleet/code-sets": STAFF,
  "GET /v1/fleet/part-lives": STAFF,
  "GET /v1/alerts": EVERYONE,
  "POST /v1/alerts/:id/acknowledge": STAFF,
  "POST /v1/alerts/:id/dismiss": STAFF,
  "GET /v1/silences": STAFF,
  "POST /v1/silences": STAFF,
  "POST /v1/silences/:id/end": STAFF,
  "GET /v1/vehicles/:vin/owner": WITH_OWNER,
  "POST /v1/vehicles/:vin/preferences": WITH_OWNER,
  "POST /v1/vehicles/:vin/consents": WITH_OWNER,
  // The signed token in the address is the right.
  "GET /v1/actions/:token": "public",
  "POST /v1/actions/:token": "public",
  // Signed by the provider.
  "POST /v1/receipts": "public",
  "GET /v1/leads": WITH_DEALER,
  "GET /v1/leads/:id": WITH_DEALER,
  "GET /v1/leads.csv": WITH_DEALER,
  "GET /v1/leads/:id/adf": WITH_DEALER,
  "GET /v1/leads/:id/star": WITH_DEALER,
  "GET /v1/leads/:id/contact": WITH_DEALER,
  "POST /v1/leads/:id/accept": WITH_DEALER,
  "POST /v1/leads/:id/progress": WITH_DEALER,
  "POST /v1/dealers/:id/calendar": WITH_DEALER,
  "POST /v1/dealers/:id/place": STAFF,
  "GET /v1/lead-webhooks": STAFF,
  "POST /v1/lead-webhooks": STAFF,
  "POST /v1/lead-webhooks/:id/end": STAFF,
  "POST /v1/leads/:id/close": WITH_DEALER,
  "GET /v1/quality/dealers": STAFF,
  "GET /v1/quality/rules": STAFF,
  "GET /v1/quality/regions": STAFF,
  "GET /v1/quality/unseen": STAFF,
  "GET /v1/engineering-cases": STAFF,
  "POST /v1/engineering-cases/:id/close": STAFF,
  "POST /v1/repair-orders.csv": STAFF,
  "GET /v1/recalls": STAFF,
  "POST /v1/recalls": STAFF,
  "GET /v1/proof": STAFF,
  "POST /v1/repair-orders": STAFF,
  "GET /v1/vehicles/:vin/owner/export": ["admin", "owner"],
  "POST /v1/vehicles/:vin/owner/erase": ["admin", "owner"],
  "GET /v1/vehicles/:vin/erasures": ADMIN,
  "GET /v1/personal-reads": ADMIN,
  "GET /v1/api-keys": ADMIN,
  "POST /v1/api-keys": ADMIN,
  "POST /v1/api-keys/:id/revoke": ADMIN,
  "GET /v1/notifications": EVERYONE,
  "GET /v1/labels": STAFF,
  "POST /v1/labels": STAFF,
  "GET /v1/labels/unjudged": STAFF,
  "GET /v1/labels/quality": STAFF,
  "GET /v1/outside-scores": STAFF,
  "POST /v1/outside-scores": STAFF,
  "GET /v1/exports/:table": STAFF,
  "GET /v1/rules": STAFF,
  "GET /v1/rules/:id": STAFF,
  "GET /v1/rules/:id/watch": STAFF,
  "POST /v1/rules/lint": STAFF,
  "POST /v1/rules/:id/promote": ANALYSTS,
  "POST /v1/rules/:id/rollback": ANALYSTS,
  "GET /v1/drafts": STAFF,
  "GET /v1/drafts/:id": STAFF,
  "POST /v1/drafts": ANALYSTS,
  "PUT /v1/drafts/:id": ANALYSTS,
  "POST /v1/drafts/:id/shadow": ANALYSTS,
  "GET /v1/backtests": STAFF,
  "POST /v1/backtests": STAFF,
  "GET /v1/backtests/:id": STAFF,
  "GET /v1/backtests/:id/report.html": STAFF,
  "POST /v1/backtests/:id/cancel": STAFF,
  "POST /v1/comparisons": STAFF,
  "GET /v1/explain": STAFF,
  "GET /v1/rejected": STAFF,
  "GET /v1/ledger": STAFF,
  "GET /v1/ledger/account": STAFF,
  "GET /v1/dead-letters": STAFF,
  "POST /v1/dead-letters/replay": STAFF,
  "GET /v1/events": EVERYONE,
  "GET /healthz": "public",
  "GET /readyz": "public",
  "GET /metrics": "public",
  // The console's files and the API's own documentation; neither holds data.
  "GET /*": "public",
  "HEAD /*": "public",
};
const PUBLIC_PREFIX = "/docs";

/** Roles that may call a route; undefined when nobody has decided. */
export function rolesFor(method: string, url: string): readonly Role[] | "public" | undefined {
  return url.startsWith(PUBLIC_PREFIX) ? "public" : ROUTE_ROLES[`${method} ${url}`];
}

/** What a key may be limited to: reading, changing, names and addresses. */
export const SCOPES = ["read", "write", "personal"] as const;
export type Scope = (typeof SCOPES)[number];

const PERSONAL_ROUTES = [
  "GET /v1/leads/:id/contact",
  "GET /v1/vehicles/:vin/owner",
  "GET /v1/vehicles/:vin/owner/export",
  "POST /v1/vehicles/:vin/owner/erase",
];

/** The scope a route needs. */
export function scopeFor(method: string, url: string): Scope {
  if (PERSONAL_ROUTES.includes(`${method} ${url}`)) return "personal";
  return method === "GET" || method === "HEAD" ? "read" : "write";
}

/** Whether a caller's key is for this too; one without scopes, and a person's token, are for all. */
export function hasScope({ scopes }: Pick<Caller, "scopes">, scope: Scope): boolean {
  return scopes.length === 0 || scopes.includes(scope);
}

/** Database role of an API role; row-level security does the rest (infra/postgres/migrations/0004_access.sql). */
const DATABASE_ROLES: Readonly<Record<Role, string>> = {
  analyst: "bellwether_staff",
  service: "bellwether_staff",
  admin: "bellwether_staff",
  dealer: "bellwether_dealer",
  owner: "bellwether_owner",
};

/** Runs reads with the rights of the caller: what his role may not see does not exist for the statements in `run`. */
export function readAs<T>(
  db: Pick<Postgres, "transaction">,
  caller: Pick<Caller, "role" | "dealerId" | "vin">,
  run: (tx: Queryable) => Promise<T>,
): Promise<T> {
  return db.transaction(async (tx) => {
    // The third is SET LOCAL ROLE, without a round trip of its own.
    await tx.execute("SELECT set_config('app.dealer_id', $1, true), set_config('app.vin', $2, true), set_config('role', $3, true)", [
      caller.dealerId ?? "",
      caller.vin ?? "",
      DATABASE_ROLES[caller.role],
    ]);
    return run(tx);
  });
}

/** Telemetry knows no dealers: a dealer sees the cars of its leads, an owner the own car. Anything else is "not found". */
export async function requireVehicle(db: Pick<Postgres, "transaction">, caller: Caller, vin: string): Promise<void> {
  if (STAFF.some((role) => role === caller.role) || caller.vin === vin) return;
  const isVisible =
    caller.role === "dealer" &&
    (await readAs(db, caller, (tx) => tx.query("SELECT 1 AS one FROM leads WHERE vin = $1 LIMIT 1", [vin], z.unknown()))).length > 0;
  if (!isVisible) throw notFound(`vehicle ${vin}`);
}
