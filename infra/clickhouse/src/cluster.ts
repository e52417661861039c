/**
 * The schema on a cluster: the same migrations, every table replicated and every DDL statement run on all hosts. The path in
 * Keeper and the replica's name are the server's defaults (`default_replica_path`, `default_replica_name`).
 */

/** Name of a cluster in the server's configuration; it stands in DDL, where no parameter can. */
export const CLUSTER_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;

/** How long a replicated table remembers tokens; ClickHouse forgets them after an hour in newer releases. */
const TOKEN_SECONDS = 7 * 86_400;

const ON_CLUSTER_AFTER =
  /^\s*((?:CREATE (?:TABLE|MATERIALIZED VIEW|VIEW) IF NOT EXISTS|ALTER TABLE|DROP (?:TABLE|VIEW) IF EXISTS) [A-Za-z_]\w*)/;
const ENGINE = /\bENGINE = ((?:Replacing|Aggregating|Summing)?MergeTree)\b/g;
const WINDOW = /\bnon_replicated_deduplication_window = (\d+)/g;

/** One DDL statement for a cluster; other statements come back as they are. */
export function onCluster(statement: string, cluster: string): string {
  if (!CLUSTER_NAME.test(cluster)) throw new TypeError("expected the name of a cluster");
  return statement
    .replace(ON_CLUSTER_AFTER, `$1 ON CLUSTER '${cluster}'`)
    .replaceAll(ENGINE, "ENGINE = Replicated$1")
    .replaceAll(WINDOW, `replicated_deduplication_window = $1, replicated_deduplication_window_seconds = ${TOKEN_SECONDS}`);
}

/**
 * Settings of every statement on a cluster: an insert is acknowledged by a majority and a SELECT sees all such inserts, so that
 * whoever takes a partition over reads the ledger and the epochs as they are, whichever replica it asks.
 */
export const CLUSTER_SETTINGS = { insert_quorum: "auto", insert_quorum_parallel: 0, select_sequential_consistency: "1" } as const;
