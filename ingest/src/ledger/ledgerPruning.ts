import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";

/** Where the horizons are kept; the account looks at nothing below them (accountSql.ts). */
export const HORIZON_SCOPE = "ingest-ledger";

/**
 * Per partition the offset below which the ledger is no longer needed: everything there was recorded before the cutoff. The newest landed range
 * stays in any case, because it says how far the log must reach (`checkLog`).
 */
const HORIZONS_SQL = `
SELECT log_topic, log_partition, horizon
FROM (
  SELECT log_topic, log_partition, min(first_offset) AS oldest,
    if(countIf(recorded_at >= {cutoff:DateTime64(3, 'UTC')}) = 0, maxIf(first_offset, state = 'landed'),
      least(maxIf(first_offset, state = 'landed'), minIf(first_offset, recorded_at >= {cutoff:DateTime64(3, 'UTC')}))) AS horizon
  FROM ingest_ledger
  GROUP BY log_topic, log_partition
)
WHERE oldest < horizon`;

const horizonRow = z.object({ log_topic: z.string(), log_partition: z.coerce.number(), horizon: z.coerce.number() });

/**
 * Removes what the ledger recorded longer than `keepMs` ago, a whole beginning of each partition and never a part from its middle. The horizon is
 * written first, so the account covers the same offsets before, during and after the removal, and its identity holds throughout; cut short, the next
 * turn removes the rest. Resolves with the number of partitions that were pruned.
 */
export async function pruneLedger(store: ColumnStore, { nowMs, keepMs }: { nowMs: number; keepMs: number }): Promise<number> {
  const cutoff = new Date(nowMs - keepMs).toISOString().replace("Z", "");
  const horizons = await store.query(HORIZONS_SQL, horizonRow, { params: { cutoff } });
  for (const { log_topic: topic, log_partition: partition, horizon } of horizons) {
    const key = `${topic}:${partition}`;
    const row = { scope: HORIZON_SCOPE, key, value: String(horizon), revision: nowMs };
    await store.insertRows("engine_state", [row], { token: `${HORIZON_SCOPE}:${key}:${horizon}` });
    await store.command(
      "DELETE FROM ingest_ledger WHERE log_topic = {topic:String} AND log_partition = {partition:UInt16} AND last_offset < {horizon:UInt64}",
      { params: { topic, partition, horizon } },
    );
  }
  return horizons.length;
}
