import type { NotifyReason } from "@bellwether/contracts/alert";
import type { LogRecord } from "@bellwether/runtime/log/records";
import type { Action } from "./alert/alertState.ts";
import { decide } from "./stages/decide.ts";
import type { StageDeps } from "./stages/deps.ts";
import { enqueue } from "./stages/enqueue.ts";
import { findRecipients } from "./stages/findRecipients.ts";
import { group } from "./stages/group.ts";
import { parse, type Rejected } from "./stages/parse.ts";
import { render } from "./stages/render.ts";

/**
 * The spine: what one record of the findings topic goes through. Everything from `group` on runs in one
 * PostgreSQL transaction; the record's offset is committed afterwards, so a crash anywhere repeats the record,
 * and a repeated record changes nothing.
 */

export type Handled =
  | {
      readonly kind: "decided";
      readonly action: Action;
      readonly reason: NotifyReason;
      readonly alertId: string;
      readonly messages: number;
    }
  | { readonly kind: "unchanged" }
  | Rejected;

/** Takes one record through all stages. Throws only when PostgreSQL or the column store fails; nothing is written then. */
export async function handleRecord(record: Pick<LogRecord, "value">, deps: StageDeps): Promise<Handled> {
  const parsed = parse(record);
  if (parsed.kind === "rejected") return parsed;
  return deps.db.transaction(async (tx) => {
    const grouped = await group(tx, parsed.finding);
    const decided = await decide(tx, grouped, deps);
    if (decided.action === "ignored") return { kind: "unchanged" };
    const routed = await findRecipients(tx, decided, deps);
    const rendered = render(routed, deps);
    await enqueue(tx, rendered, deps);
    const { action, reason, after } = rendered;
    return { kind: "decided", action, reason, alertId: after.id, messages: rendered.messages.length };
  });
}
