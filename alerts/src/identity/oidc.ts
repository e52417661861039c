import { ROLES, type Role } from "@bellwether/contracts/alert";
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from "jose";
import { z } from "zod";
import type { Caller } from "./apiKeys.ts";

/**
 * People sign in at the company's own OpenID provider; its access tokens (JWT) are checked here: signature by the
 * provider's published keys, issuer, audience, times. A key id nobody has seen makes the keys be fetched again, so a
 * rotation needs nothing here. Only asymmetric algorithms: a public key can never be taken for a shared secret.
 */

export interface OidcOptions {
  readonly issuer: string;
  readonly audience: string;
  /** Names of claims; a dot goes into an object: `realm_access.roles`. */
  readonly roleClaim: string;
  readonly dealerClaim: string;
  readonly vinClaim: string;
  /** The provider's word for a role; a word that is missing here is its own name. */
  readonly roleNames: Readonly<Record<string, string>>;
  readonly clockSkewMs: number;
  /** Keys are fetched again for an unknown key id, but not more often than this. */
  readonly keysCoolDownMs?: number;
  readonly now: () => number;
}

export interface OidcVerifier {
  /** The person a token stands for; null when it is not valid or gives no role. Throws when the provider cannot be reached. */
  verify(token: string): Promise<Caller | null>;
}

const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
const FETCH_MS_MAX = 5000;
const COOL_DOWN_MS = 5000;
const MOST_FIRST: readonly Role[] = ["admin", "analyst", "service", "dealer", "owner"];

const discoverySchema = z.object({ issuer: z.string(), jwks_uri: z.url() });

export function createOidcVerifier(options: OidcOptions): OidcVerifier {
  let keys: Promise<ReturnType<typeof createRemoteJWKSet>> | null = null;
  /** A provider that could not be reached is asked again by the next request. */
  const keySet = () => {
    keys ??= findKeys(options).catch((error: unknown) => {
      keys = null;
      throw error;
    });
    return keys;
  };
  return {
    async verify(token) {
      const claims = await readClaims(token, await keySet(), options);
      return claims === null ? null : callerOf(claims, options);
    },
  };
}

/** Whether a presented text has the form of a JWT. */
export function isJwt(presented: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(presented);
}

async function findKeys({ issuer, keysCoolDownMs = COOL_DOWN_MS }: OidcOptions) {
  const url = `${issuer.replace(/\/+$/, "")}/.well-known/openid-configuration`;
  const answer = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(FETCH_MS_MAX) });
  const found = discoverySchema.parse(await answer.json());
  if (found.issuer !== issuer) throw new TypeError(`OpenID provider: expected issuer ${issuer}, got ${found.issuer}`);
  return createRemoteJWKSet(new URL(found.jwks_uri), { timeoutDuration: FETCH_MS_MAX, cooldownDuration: keysCoolDownMs });
}

async function readClaims(
  token: string,
  keys: ReturnType<typeof createRemoteJWKSet>,
  { issuer, audience, clockSkewMs, now }: OidcOptions,
): Promise<JWTPayload | null> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      clockTolerance: clockSkewMs / 1000,
      currentDate: new Date(now()),
      requiredClaims: ["sub", "exp"],
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) throw error;
    return null;
  }
}

function callerOf(claims: JWTPayload, options: OidcOptions): Caller | null {
  const words = [claimOf(claims, options.roleClaim)].flat().filter((word) => typeof word === "string");
  const named = words.map((word) => options.roleNames[word] ?? word);
  const role = MOST_FIRST.find((known) => named.includes(known));
  const dealerId = textOf(claimOf(claims, options.dealerClaim));
  const vin = textOf(claimOf(claims, options.vinClaim));
  if (role === undefined || (role === "dealer" && dealerId === null) || (role === "owner" && vin === null)) return null;
  const sub = claims.sub ?? "";
  const expiresAtMs = claims.exp === undefined ? null : claims.exp * 1000;
  // The subject is the provider's own opaque id: no name and no address goes into the audit.
  return {
    keyId: `oidc:${sub}`,
    name: sub,
    role,
    // Only the tenant of the role counts: a member of staff has none.
    dealerId: role === "dealer" ? dealerId : null,
    vin: role === "owner" ? vin : null,
    expiresAtMs,
    scopes: [],
  };
}

function claimOf(claims: JWTPayload, path: string): unknown {
  return path.split(".").reduce<unknown>((value, name) => {
    if (typeof value !== "object" || value === null) return undefined;
    return Object.entries(value).find(([key]) => key === name)?.[1];
  }, claims);
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** Reads `{"fleet-admins":"admin"}`; null when it is not an object of known roles. */
export function parseRoleNames(text: string): Readonly<Record<string, Role>> | null {
  try {
    return z.record(z.string(), z.enum(ROLES)).parse(JSON.parse(text));
  } catch {
    return null;
  }
}
