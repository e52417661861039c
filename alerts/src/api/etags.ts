import { createHash } from "node:crypto";
import type { ApiApp } from "./context.ts";

/** Every JSON answer to a GET under /v1 has an ETag; `if-none-match` with the same one gets 304 and no body. */
export function installEtags(app: ApiApp): void {
  app.addHook("onSend", async (request, reply, payload) => {
    const isRead = request.method === "GET" && request.url.startsWith("/v1/") && reply.statusCode === 200;
    if (!isRead || typeof payload !== "string") return payload;
    const etag = `"${createHash("sha256").update(payload).digest("base64url").slice(0, 22)}"`;
    reply.header("etag", etag);
    // What a key may see is for its holder only, and always asked for again.
    if (reply.getHeader("cache-control") === undefined) reply.header("cache-control", "private, no-cache");
    if (!matches(request.headers["if-none-match"], etag)) return payload;
    reply.code(304).removeHeader("content-length");
    return null;
  });
}

/** RFC 9110 section 13.1.2: a list, `*`, and weak tags compare by their text. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(",").some((one) => one.trim() === "*" || one.trim().replace(/^W\//, "") === etag);
}
