import type { ColumnStore } from "@bellwether/clickhouse/store";
import type { Postgres } from "@bellwether/postgres/open";
import type { AdviceCatalogue } from "../advice.ts";
import type { MessageLimits } from "../delivery/message.ts";
import type { Acceptance } from "../leads/leadClock.ts";
import type { HoldoutOptions } from "../proof/holdout.ts";

/** What the stages share. */
export interface StageDeps {
  readonly db: Pick<Postgres, "transaction">;
  readonly store: ColumnStore;
  readonly advice: AdviceCatalogue;
  /** Longest texts of a channel. */
  readonly limitsOf: (channel: string) => MessageLimits;
  readonly coolDownMs: number;
  /** How long a dealer has to accept a lead. */
  readonly acceptance: Acceptance;
  /** The comparison group; share 0: everybody is told. */
  readonly holdout: HoldoutOptions;
  /** Wall clock, for what is recorded and delivered; decisions use the finding's event time. */
  readonly now: () => number;
}
