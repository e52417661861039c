import { SignJWT } from "jose";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startIssuer, type TestIssuer } from "../testing/issuer.ts";
import { createOidcVerifier, isJwt, type OidcVerifier, parseRoleNames } from "./oidc.ts";

let issuer: TestIssuer;
let oidc: OidcVerifier;
beforeEach(async () => {
  issuer = await startIssuer();
  oidc = verifier({});
});
afterEach(() => issuer.close());

const verifier = (changes: { readonly roleClaim?: string; readonly roleNames?: Record<string, string> }) =>
  createOidcVerifier({
    issuer: issuer.url,
    audience: "bellwether",
    roleClaim: "roles",
    roleNames: {},
    dealerClaim: "dealer_id",
    vinClaim: "vin",
    clockSkewMs: 60_000,
    keysCoolDownMs: 0,
    now: Date.now,
    ...changes,
  });

test("a token of the provider stands for a person with role and tenant", async () => {
  const token = await issuer.token({ sub: "u1", roles: ["dealer"], dealer_id: "north" });
  expect(isJwt(token)).toBe(true);
  expect(await oidc.verify(token)).toMatchObject({ keyId: "oidc:u1", name: "u1", role: "dealer", dealerId: "north", vin: null });
});

test("roles may stand inside an object and have the provider's names; of several the strongest counts", async () => {
  const nested = verifier({ roleClaim: "realm_access.roles", roleNames: parseRoleNames('{"fleet-admins":"admin"}') ?? {} });
  const token = await issuer.token({ sub: "u2", realm_access: { roles: ["analyst", "fleet-admins", "offline"] }, dealer_id: "north" });
  expect(await nested.verify(token)).toMatchObject({ role: "admin", dealerId: null });
});

test.each([
  ["no role", { sub: "u" }],
  ["a role nobody knows", { sub: "u", roles: ["root"] }],
  ["a dealer without dealer", { sub: "u", roles: ["dealer"] }],
  ["an owner without car", { sub: "u", roles: "owner", vin: 7 }],
  ["no subject", { roles: ["analyst"] }],
])("%s is nobody", async (_, claims) => {
  expect(await oidc.verify(await issuer.token(claims))).toBeNull();
});

const staff = { sub: "u", roles: ["analyst"] };
const nowS = () => Math.floor(Date.now() / 1000);

test("another issuer, another audience and times beyond the clock skew are refused", async () => {
  expect(await oidc.verify(await issuer.token(staff, { issuer: "https://evil.example" }))).toBeNull();
  expect(await oidc.verify(await issuer.token(staff, { audience: "another-app" }))).toBeNull();
  expect(await oidc.verify(await issuer.token(staff, { expiresAtS: nowS() - 120 }))).toBeNull();
  expect(await oidc.verify(await issuer.token(staff, { expiresAtS: nowS() - 20 }))).not.toBeNull();
  expect(await oidc.verify(await issuer.token({ ...staff, nbf: nowS() + 600 }))).toBeNull();
});

test("unsigned tokens, shared secrets and changed bodies are refused", async () => {
  const [head = "", body = "", signature = ""] = (await issuer.token(staff)).split(".");
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const admin = encode({ ...staff, roles: ["admin"], iss: issuer.url, aud: "bellwether", exp: nowS() + 600 });
  expect(await oidc.verify(`${head}.${admin}.${signature}`)).toBeNull();
  expect(await oidc.verify(`${encode({ alg: "none" })}.${body}.${signature}`)).toBeNull();
  const shared = new SignJWT(staff).setProtectedHeader({ alg: "HS256", kid: "key-1" }).setIssuer(issuer.url).setAudience("bellwether");
  expect(await oidc.verify(await shared.setExpirationTime("5m").sign(Buffer.alloc(32, 7)))).toBeNull();
});

test("a new key is found by itself and the old one is worth nothing then", async () => {
  const old = await issuer.token(staff);
  expect(await oidc.verify(old)).not.toBeNull();
  expect(await oidc.verify(await issuer.token(staff))).not.toBeNull();
  expect(issuer.fetches()).toBe(1);
  await issuer.rotate();
  expect(await oidc.verify(await issuer.token(staff))).not.toBeNull();
  expect(issuer.fetches()).toBe(2);
  expect(await oidc.verify(old)).toBeNull();
});

test("a provider that does not answer is an outage, not a wrong key", async () => {
  const token = await issuer.token(staff);
  const { url } = issuer;
  await issuer.close();
  await expect(oidc.verify(token)).rejects.toThrow();
  issuer = await startIssuer();
  expect(issuer.url).not.toBe(url);
});
