import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { ROLES, type Role } from "@bellwether/contracts/alert";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { isoColumn, nullableIsoColumn, nullableMsColumn, toTimestamp } from "../rows.ts";

/** API keys: `bw_<id>_<secret>`. Only the hash of the secret is stored, so a key is shown once. */

const KEY = /^bw_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;

export interface NewApiKey {
  readonly name: string;
  readonly role: Role;
  /** Required for a dealer. */
  readonly dealerId?: string;
  /** Required for an owner. */
  readonly vin?: string;
  /** ISO 8601. */
  readonly expiresAt?: string;
  /** What the key may do within its role; absent or empty: all of it. */
  readonly scopes?: readonly string[];
  readonly createdBy?: string;
}

/** Makes a key and returns it; it cannot be read again. Throws `config_invalid` for a dealer without id or an owner without VIN. */
export async function createApiKey(db: Queryable, key: NewApiKey): Promise<string> {
  if (key.role === "dealer" && key.dealerId === undefined) throw incomplete("a dealer's key needs a dealer id");
  if (key.role === "owner" && key.vin === undefined) throw incomplete("an owner's key needs a VIN");
  const id = randomBytes(8).toString("hex");
  const secret = randomBytes(32).toString("base64url");
  await db.execute(
    `INSERT INTO api_keys (id, secret_sha256, name, role, dealer_id, vin, created_at, expires_at, scopes, created_by)
     VALUES ($1, $2, $3, $4, $5, $6, now(), $7, $8, $9)`,
    [
      id,
      hashOf(secret),
      key.name,
      key.role,
      key.dealerId ?? null,
      key.vin ?? null,
      key.expiresAt ?? null,
      [...(key.scopes ?? [])],
      key.createdBy ?? "operator",
    ],
  );
  return `bw_${id}_${secret}`;
}

/** Ends a key at once. Returns whether there was one to end. */
export async function revokeApiKey(db: Queryable, id: string, nowMs: number): Promise<boolean> {
  const changed = await db.execute("UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", [id, toTimestamp(nowMs)]);
  return changed > 0;
}

const listRow = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  dealer_id: z.string().nullable(),
  vin: z.string().nullable(),
  created_at: isoColumn,
  expires_at: nullableIsoColumn,
  scopes: z.array(z.string()),
  created_by: z.string(),
});

/** Keys in force, without their secrets. */
export function listApiKeys(db: Queryable): Promise<readonly z.infer<typeof listRow>[]> {
  return db.query(
    "SELECT id, name, role, dealer_id, vin, created_at, expires_at, scopes, created_by FROM api_keys WHERE revoked_at IS NULL ORDER BY created_at",
    [],
    listRow,
  );
}

/** Who a request comes from. */
export interface Caller {
  readonly keyId: string;
  readonly name: string;
  readonly role: Role;
  readonly dealerId: string | null;
  readonly vin: string | null;
  readonly expiresAtMs: number | null;
  /** Empty: everything the role may do. */
  readonly scopes: readonly string[];
}

const callerRow = z.object({
  id: z.string(),
  secret_sha256: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  dealer_id: z.string().nullable(),
  vin: z.string().nullable(),
  expires_at: nullableMsColumn,
  scopes: z.array(z.string()),
});

/** The caller of a presented key; null when it is unknown, revoked or expired. */
export async function findCaller(db: Queryable, presented: string, nowMs: number): Promise<Caller | null> {
  const [, id, secret] = KEY.exec(presented) ?? [];
  if (id === undefined || secret === undefined) return null;
  const rows = await db.query(
    `SELECT id, secret_sha256, name, role, dealer_id, vin, expires_at, scopes FROM api_keys WHERE id = $1 AND revoked_at IS NULL`,
    [id],
    callerRow,
  );
  const row = rows[0];
  if (row === undefined || !timingSafeEqual(Buffer.from(row.secret_sha256), Buffer.from(hashOf(secret)))) return null;
  if (row.expires_at !== null && row.expires_at <= nowMs) return null;
  const { id: keyId, name, role, dealer_id: dealerId, vin, expires_at: expiresAtMs, scopes } = row;
  return { keyId, name, role, dealerId, vin, expiresAtMs, scopes };
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

function incomplete(message: string): BellwetherError {
  return new BellwetherError("config_invalid", message, { retryable: false });
}
