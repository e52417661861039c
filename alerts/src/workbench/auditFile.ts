import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { ruleEventSchema } from "./drafts.ts";

const lineSchema = z.object({
  at: z.iso.datetime(),
  actor: z.string(),
  action: z.string(),
  ruleId: z.string(),
  from: z.string(),
  to: z.string(),
  reason: z.string(),
});
type Event = z.infer<typeof ruleEventSchema>;

/** Lines of the newest acts kept in memory. */
const LINES_MAX = 2_000;

/**
 * What was done to a rule, newest first: the database's record and the acts of the command line, which are in the audit beside
 * the rules. An act of the API is in both, with the same moment, and told once.
 */
export async function withFileAudit(dir: string, ruleId: string, events: readonly Event[]): Promise<Event[]> {
  const text = await readFile(join(dir, "audit.jsonl"), "utf8").catch(() => "");
  const known = new Set(events.map(({ at }) => at));
  const lines = text.split("\n").filter((line) => line !== "");
  const acts = lines.slice(-LINES_MAX).flatMap((line, index): Event[] => {
    const act = lineSchema.safeParse(parsed(line));
    if (!act.success || known.has(act.data.at)) return [];
    const { at, actor, action, from, to, reason } = act.data;
    const isOwn = act.data.ruleId === ruleId || act.data.ruleId.startsWith(`${ruleId}-v`);
    return isOwn
      ? [{ seq: -1 - index, ruleId: act.data.ruleId, draftId: null, action, actor, detail: `${from} -> ${to}: ${reason}`, at }]
      : [];
  });
  return [...events, ...acts].sort((a, b) => (a.at === b.at ? b.seq - a.seq : a.at < b.at ? 1 : -1));
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
