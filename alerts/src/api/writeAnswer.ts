import type { FastifyReply } from "fastify";
import { z } from "zod";
import type { Caller } from "../identity/apiKeys.ts";
import { hasScope, type Scope } from "./access.ts";

/** What a change answers a key that may not read what was changed. */
export const writtenSchema = z.null().describe("done; the key may not read what an answer would show");

/** The view of what was changed for whoever may read it, by the scope its reading takes; for others only that it was done. */
export async function answerChange<T>(reply: FastifyReply, caller: Caller, scope: Scope, read: () => Promise<T>): Promise<T | null> {
  if (hasScope(caller, scope)) return read();
  reply.code(204);
  return null;
}
