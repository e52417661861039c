import type { ColumnStore } from "@bellwether/clickhouse/store";
import { isAccountSound } from "@bellwether/contracts/operations";
import { readAccount } from "@bellwether/ingest/ledger/account";
import { z } from "zod";
import type { Workload } from "./workload.ts";

/** How a run ended. Everything but `produced` and `parked` must be 0. */
export interface Verdict {
  readonly produced: number;
  readonly parked: number;
  readonly lost: number;
  readonly doubled: number;
  /** Reports the rollup view counts too few and too many, repeats counted as often as they were produced. */
  readonly viewLost: number;
  readonly viewDoubled: number;
  /** Records of a partition whose account does not add up, or that are still announced and not landed. */
  readonly unsound: number;
}

const countsRow = z.object({ n: z.coerce.number(), u: z.coerce.number(), k: z.coerce.number() });

/**
 * Merges are stopped in the campaign, so a row that was stored twice is there twice: the same offset in two blocks is a double.
 * A report that was produced twice is there once or twice, because the engine merges equal keys inside one block.
 */
export async function verify(
  store: ColumnStore,
  topic: string,
  { records, reports, repeated, bad, vin, firstMs }: Workload,
): Promise<Verdict> {
  const params = { topic, vin, fromMs: firstMs, toMs: firstMs + (reports - 1) * 1000 };
  const [rows = { n: 0, u: 0, k: 0 }] = await store.query(
    `SELECT count() AS n, uniqExact(log_partition, log_offset) AS u,
       uniqExactIf(event_time, vin = {vin:String} AND toUnixTimestamp64Milli(event_time) BETWEEN {fromMs:Int64} AND {toMs:Int64}) AS k
     FROM telemetry WHERE log_topic = {topic:String}`,
    countsRow,
    { params },
  );
  const [codes = { n: 0, u: 0, k: 0 }] = await store.query(
    `SELECT count() AS n, uniqExact(event_time) AS u, 0 AS k FROM dtc_events WHERE vin = {vin:String}`,
    countsRow,
    { params },
  );
  const [parked = { n: 0, u: 0, k: 0 }] = await store.query(
    `SELECT count() AS n, uniqExact(log_partition, log_offset) AS u, 0 AS k FROM rejected_records WHERE log_topic = {topic:String}`,
    countsRow,
    { params },
  );
  // FINAL: the view's rows are keyed by their block, so one that reached it twice is one row.
  const [view = { n: 0, u: 0, k: 0 }] = await store.query(
    `SELECT sum(reports) AS n, 0 AS u, 0 AS k FROM ingest_rollup FINAL WHERE log_topic = {topic:String}`,
    countsRow,
    { params },
  );
  const accounts = (await readAccount(store)).filter((account) => account.topic === topic);
  const accounted = accounts.reduce((sum, account) => sum + account.records, 0);
  const broken = accounts.filter((account) => !isAccountSound(account) || account.pending > 0).length;
  return {
    produced: records.length,
    parked: parked.u,
    lost: reports - rows.k + (bad - parked.u) + (Math.ceil(reports / 9) - codes.u),
    doubled: rows.n - rows.u + (parked.n - parked.u),
    viewLost: Math.max(reports + repeated - view.n, 0),
    viewDoubled: Math.max(view.n - reports - repeated, 0),
    unsound: broken + Math.abs(records.length - accounted),
  };
}
