import type { ColumnStore } from "@bellwether/clickhouse/store";
import type { PartitionAccount } from "@bellwether/contracts/operations";
import type { RecordLog } from "@bellwether/runtime/log/records";
import { z } from "zod";
import { ACCOUNT_SQL } from "./accountSql.ts";

const accountRow = z.object({
  topic: z.string(),
  partition: z.coerce.number(),
  firstOffset: z.coerce.number().nullable(),
  lastOffset: z.coerce.number().nullable(),
  records: z.coerce.number(),
  landed: z.coerce.number(),
  ignored: z.coerce.number(),
  parked: z.coerce.number(),
  parkedByReason: z.record(z.string(), z.coerce.number()),
  unaccounted: z.coerce.number(),
  gaps: z.coerce.number(),
  doubles: z.coerce.number(),
  absent: z.coerce.number(),
  pending: z.coerce.number(),
  samples: z.coerce.number(),
});

/** What landed, was ignored, parked, is missing, doubled or in flight, per partition. */
export async function readAccount(store: ColumnStore, { sinceMs = 0 }: { sinceMs?: number } = {}) {
  return store.query(ACCOUNT_SQL, accountRow, { params: { since: new Date(sinceMs).toISOString().replace("Z", "") } });
}

/** The account with what the group has committed and how far it is behind. Partitions nothing has landed from are in it, too. */
export async function readAccountWithLag(
  { store, log }: { store: ColumnStore; log: RecordLog },
  { topic, group }: { topic: string; group: string },
): Promise<readonly PartitionAccount[]> {
  const [rows, positions] = await Promise.all([readAccount(store), positionsOf(log, { topic, group })]);
  const known = new Set(rows.filter((row) => row.topic === topic).map(({ partition }) => partition));
  const untouched = positions.filter(({ partition }) => !known.has(partition)).map(({ partition }) => emptyAccount(topic, partition));
  return [...rows, ...untouched].map((row) => {
    const position = row.topic === topic ? positions.find(({ partition }) => partition === row.partition) : undefined;
    return { ...row, committedOffset: position?.committedOffset ?? null, lag: position?.lag ?? null };
  });
}

async function positionsOf(log: RecordLog, { topic, group }: { topic: string; group: string }) {
  const [committed, ends] = await Promise.all([log.committedOffsets(topic, group), log.endOffsets(topic)]);
  return ends.map(({ partition, nextOffset: end }) => {
    const committedOffset = committed.find((entry) => entry.partition === partition)?.nextOffset ?? null;
    return { partition, committedOffset, lag: end - (committedOffset ?? 0) };
  });
}

function emptyAccount(topic: string, partition: number): z.infer<typeof accountRow> {
  const none = { records: 0, landed: 0, ignored: 0, parked: 0, unaccounted: 0, gaps: 0, doubles: 0, absent: 0, pending: 0, samples: 0 };
  return { topic, partition, firstOffset: null, lastOffset: null, parkedByReason: {}, ...none };
}
