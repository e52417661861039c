import { once } from "node:events";
import { createServer } from "node:http";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";

/** A small OpenID provider on the loopback interface: discovery, published keys, tokens, rotation. */
export interface TestIssuer {
  readonly url: string;
  /** A token signed with the newest key; `changes` replace claims, undefined removes one. */
  token(
    claims: JWTPayload,
    changes?: { readonly issuer?: string; readonly audience?: string; readonly expiresAtS?: number },
  ): Promise<string>;
  /** Publishes a new key only: tokens of the old one are worth nothing from now on. */
  rotate(): Promise<void>;
  /** How often the keys were fetched. */
  fetches(): number;
  close(): Promise<void>;
}

async function makeKey(n: number) {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid: `key-${n}`, alg: "ES256", use: "sig" }, kid: `key-${n}` };
}

export async function startIssuer(): Promise<TestIssuer> {
  let made = 1;
  let fetches = 0;
  let key = await makeKey(made);
  const server = createServer((request, response) => {
    const isKeys = request.url === "/keys";
    if (isKeys) fetches++;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(isKeys ? { keys: [key.jwk] } : { issuer: url(), jwks_uri: `${url()}/keys` }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const url = () => `http://127.0.0.1:${port}`;
  return {
    url: url(),
    token(claims, { issuer = url(), audience = "bellwether", expiresAtS = Math.floor(Date.now() / 1000) + 600 } = {}) {
      const signed = new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid: key.kid });
      return signed.setIssuer(issuer).setAudience(audience).setExpirationTime(expiresAtS).setIssuedAt().sign(key.privateKey);
    },
    async rotate() {
      key = await makeKey(++made);
    },
    fetches: () => fetches,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
