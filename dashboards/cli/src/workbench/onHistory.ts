import type { BacktestProgress, BacktestRequest } from "@bellwether/analytics/workbench/types";
import { migrate } from "@bellwether/clickhouse/migrate";
import { openStore } from "@bellwether/clickhouse/open";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { Holder } from "../holder.ts";
import { storeConfig } from "../platform.ts";
import { createProgress } from "../progress.ts";
import { findHolder, type Reader, remoteReader } from "../reader.ts";
import type { Session } from "../session.ts";

/** How something is asked of the history: with the store open here, or of the process that holds the home. */
export interface Asking<T> {
  readonly here: (store: ColumnStore) => Promise<T>;
  readonly there: (reader: Reader, holder: Holder) => Promise<T>;
}

/** Opens the history, asks and closes it; where another process holds it, asks that one. A server's store is open to all. */
export async function askHistory<T>(session: Session, { here, there }: Asking<T>): Promise<T> {
  const holder = session.config.clickhouseUrl === undefined ? await findHolder(session.home.root) : null;
  if (holder !== null) return there(remoteReader(holder.address, holder.key), holder);
  const store = await openStore(storeConfig(session.config, session.home));
  try {
    await migrate(store);
    return await here(store);
  } finally {
    await store.close();
  }
}

/** Vehicles of a label file that no report is known of: most often a mistyped column. */
export function tellUnknown(vins: readonly string[]): void {
  if (vins.length === 0) return;
  const more = vins.length > UNKNOWN_SHOWN ? ", ..." : "";
  process.stderr.write(`labels: nothing is known of ${vins.slice(0, UNKNOWN_SHOWN).join(", ")}${more}; these labels count for nothing\n`);
}

const UNKNOWN_SHOWN = 10;

/** Says so before a run here; beside a running process its answer says it. */
export async function checkLabels(store: ColumnStore, { labels }: Pick<BacktestRequest, "labels">): Promise<void> {
  if (labels === null) return;
  const { unknownVehicles } = await import("@bellwether/alerts/workbench/labels");
  tellUnknown(await unknownVehicles(store, labels));
}

/** Shows how far a run is and stops it on Ctrl-C. */
export async function withProgress<T>(
  session: Session,
  run: (options: { signal: AbortSignal; now: () => number; onProgress: (progress: BacktestProgress) => void }) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const interrupt = () => stop.abort(new BellwetherError("not_found", "stopped before it was done", { retryable: false }));
  process.once("SIGINT", interrupt);
  const progress = createProgress({ silent: session.json, lines: true, total: 1000, unit: "vehicles" });
  const onProgress = ({ share, vehiclesDone, firings, score }: BacktestProgress) => {
    const precision = score?.precision.value?.toFixed(2) ?? "-";
    progress.update(Math.round(1000 * share), `${vehiclesDone} vehicles, ${firings} firings, precision ${precision}`);
  };
  try {
    return await run({ signal: stop.signal, now: Date.now, onProgress });
  } finally {
    progress.stop();
    process.off("SIGINT", interrupt);
  }
}
