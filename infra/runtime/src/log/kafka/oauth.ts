import { readFile } from "node:fs/promises";
import { BellwetherError } from "@bellwether/contracts/errors";
import { z } from "zod";

const TIMEOUT_MS = 10_000;
/** A token is renewed this long before it ends, so that no request carries one that ends on its way. */
const AHEAD_MS = 60_000;

/** Where tokens for OAUTHBEARER come from: a file somebody else keeps fresh, or an authorisation server (client credentials, RFC 6749, 4.4). */
export type TokenSource =
  | { readonly kind: "file"; readonly file: string }
  | {
      readonly kind: "server";
      readonly url: string;
      readonly clientId: string;
      readonly clientSecret: string;
      readonly scope?: string | undefined;
    };

const answerSchema = z.object({ access_token: z.string().min(1), expires_in: z.number().positive().default(300) });

/** Gives a valid token at each call, asking for a new one only when the last is about to end. Errors never hold a token or a secret. */
export function createTokenProvider(source: TokenSource, now: () => number): () => Promise<string> {
  if (source.kind === "file") return async () => (await readToken(source.file)).trim();
  let current: Promise<{ readonly token: string; readonly endsMs: number }> | undefined;
  let endsMs = 0;
  return async () => {
    // One request serves all connections that open at once; one that failed is not remembered.
    if (current === undefined || endsMs - now() < AHEAD_MS) {
      endsMs = Number.POSITIVE_INFINITY;
      current = requestToken(source).then(({ access_token, expires_in }) => ({ token: access_token, endsMs: now() + expires_in * 1000 }));
      current.catch(() => {
        current = undefined;
      });
    }
    const { token, endsMs: ends } = await current;
    endsMs = ends;
    return token;
  };
}

async function readToken(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new BellwetherError("log_unavailable", "the token for Kafka: expected a file that can be read", { retryable: true, cause });
  }
}

async function requestToken({ url, clientId, clientSecret, scope }: Extract<TokenSource, { kind: "server" }>) {
  const place = new URL(url).host;
  const body = new URLSearchParams({ grant_type: "client_credentials", ...(scope === undefined ? {} : { scope }) });
  const credentials = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
  const headers = { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
  let status = "nothing";
  try {
    const answer = await fetch(url, { method: "POST", body, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    status = `status ${answer.status}`;
    if (answer.ok) return answerSchema.parse(await answer.json());
  } catch {
    // What is thrown may quote the answer, which holds the token.
  }
  throw new BellwetherError("log_unavailable", `the token for Kafka: expected an access token from ${place}, got ${status}`, {
    retryable: true,
  });
}
