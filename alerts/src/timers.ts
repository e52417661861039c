import type { ColumnStore } from "@bellwether/clickhouse/store";
import type { Postgres } from "@bellwether/postgres/open";
import { forgetOldAnswers } from "./api/idempotency.ts";
import type { CarePlan } from "./care/carePlan.ts";
import { careDue } from "./care/careTimer.ts";
import { type ReminderDeps, remindDue } from "./delivery/reminders.ts";
import { type LeadClockDeps, rerouteOverdue } from "./leads/leadClock.ts";
import { openCases } from "./outcomes/engineeringCases.ts";
import { followUpDue } from "./outcomes/followUps.ts";
import { sendDigests } from "./owners/digest.ts";

/** What happens because time passes. Each part takes what is due, in its own transactions, and may run on any number of replicas. */

export type TimerDeps = ReminderDeps &
  LeadClockDeps & {
    readonly db: Pick<Postgres, "execute">;
    readonly store: Pick<ColumnStore, "query">;
    /** Absent: no care. */
    readonly carePlan?: CarePlan;
  };

export async function runTimers(deps: TimerDeps): Promise<void> {
  await remindDue(deps);
  await sendDigests(deps.db, deps.now);
  await rerouteOverdue(deps);
  await followUpDue(deps.db, deps.now);
  await openCases(deps, deps.now());
  await forgetOldAnswers(deps.db, deps.now());
  if (deps.carePlan !== undefined) await careDue(deps, deps.carePlan);
}
