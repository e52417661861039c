import { wilsonInterval } from "@bellwether/analytics/stats/wilsonInterval";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { createTimedCache } from "@bellwether/runtime/timedCache";
import { z } from "zod";
import type { LeadContext } from "./leadSchemas.ts";

/** How often workshops found nothing when a source spoke up. The tally reads every label, so it is made once a minute. */

export interface TrackRecords {
  /** In the order asked; a source nobody has judged has no verdicts. */
  of(sources: readonly string[]): Promise<readonly TrackRecord[]>;
}

/** Fewer verdicts say nothing about a rule. */
const VERDICTS_MIN = 5;
const TTL_MS = 60_000;

const verdictRow = z.object({ sourceId: z.string(), verdicts: z.number(), falseAlarms: z.number() });
type TrackRecord = Omit<LeadContext["trackRecord"][number], "title">;
type Verdicts = Omit<z.infer<typeof verdictRow>, "sourceId">;

export function createTrackRecords(store: ColumnStore, now: () => number): TrackRecords {
  const tallies = createTimedCache<ReadonlyMap<string, Verdicts>>({ ttlMs: TTL_MS, entriesMax: 1, now });
  return {
    async of(sources) {
      const tally = await tallies.get("all", () => readTally(store));
      return sources.map((sourceId) => recordOf(sourceId, tally.get(sourceId) ?? { verdicts: 0, falseAlarms: 0 }));
    },
  };
}

/** A visit the customer declined says nothing. */
async function readTally(store: ColumnStore): Promise<ReadonlyMap<string, Verdicts>> {
  const rows = await store.query(
    // FINAL: a corrected label replaces the earlier one.
    `SELECT assumeNotNull(source_id) AS sourceId, countIf(outcome <> 'customer_declined') AS verdicts,
       countIf(outcome = 'no_fault_found') AS falseAlarms
     FROM labels FINAL WHERE source_id IS NOT NULL GROUP BY sourceId`,
    verdictRow,
  );
  return new Map(rows.map(({ sourceId, ...verdicts }) => [sourceId, verdicts]));
}

function recordOf(sourceId: string, { verdicts, falseAlarms }: Verdicts): TrackRecord {
  if (verdicts < VERDICTS_MIN) return { sourceId, verdicts, falseAlarms, falseAlarmShare: null, low: null, high: null, confidence: null };
  const [low, high] = wilsonInterval(falseAlarms, verdicts);
  const falseAlarmShare = falseAlarms / verdicts;
  return { sourceId, verdicts, falseAlarms, falseAlarmShare, low, high, confidence: 1 - falseAlarmShare };
}
