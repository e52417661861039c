import type { FastifyRequest } from "fastify";
import { type Caller, findCaller } from "../identity/apiKeys.ts";
import { createOidcVerifier, isJwt, type OidcVerifier } from "../identity/oidc.ts";
import { hasScope, rolesFor, scopeFor } from "./access.ts";
import type { ApiApp, ApiDeps } from "./context.ts";
import { Problem } from "./problems.ts";

/** Refuses routes nobody has decided about, and lets only those in whose key or token has one of the route's roles. */
export function installGuard(app: ApiApp, deps: ApiDeps): void {
  const oidc = oidcOf(deps);
  app.decorateRequest("caller", null);
  app.addHook("onRoute", ({ method, url }) => {
    for (const one of [method].flat()) {
      if (rolesFor(one, url) === undefined) throw new Error(`route ${one} ${url} has no line in ROUTE_ROLES`);
    }
  });
  app.addHook("onRequest", async (request) => {
    const { method: methods, url } = request.routeOptions;
    if (url === undefined) return;
    const method = [methods].flat()[0] ?? "";
    const roles = rolesFor(method, url);
    if (roles === "public") return;
    const caller = await identify(presentedKey(request), deps, oidc);
    if (caller === null) throw new Problem(401, "expected a valid key in the header x-api-key or Authorization: Bearer");
    if (roles === undefined || !roles.includes(caller.role)) throw new Problem(403, `a key of role ${caller.role} may not do this`);
    const scope = scopeFor(method, url);
    if (!hasScope(caller, scope)) throw new Problem(403, `this key lacks the scope ${scope}`);
    request.caller = caller;
  });
}

function oidcOf({ config, now }: ApiDeps): OidcVerifier | null {
  if (config.oidcIssuer === undefined) return null;
  return createOidcVerifier({
    issuer: config.oidcIssuer,
    audience: config.oidcAudience,
    roleClaim: config.oidcRoleClaim,
    roleNames: config.oidcRoleNames,
    dealerClaim: config.oidcDealerClaim,
    vinClaim: config.oidcVinClaim,
    clockSkewMs: config.oidcClockSkewMs,
    now,
  });
}

async function identify(presented: string, { db, now, logger }: ApiDeps, oidc: OidcVerifier | null): Promise<Caller | null> {
  if (oidc === null || !isJwt(presented)) return findCaller(db, presented, now());
  try {
    return await oidc.verify(presented);
  } catch (error) {
    logger.warn({ err: error }, "OpenID provider not reachable");
    throw new Problem(503, "the OpenID provider does not answer");
  }
}

function presentedKey({ headers }: FastifyRequest): string {
  const direct = headers["x-api-key"];
  if (typeof direct === "string") return direct;
  return /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1] ?? "";
}
