import type { BacktestProgress } from "@bellwether/analytics/workbench/types";
import { migrate } from "@bellwether/clickhouse/migrate";
import { openStore } from "@bellwether/clickhouse/open";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { BellwetherError } from "@bellwether/contracts/errors";
import { storeConfig } from "../platform.ts";
import { createProgress } from "../progress.ts";
import type { Session } from "../session.ts";

/** Opens the history, does the work and closes it. */
export async function withStore<T>(session: Session, work: (store: ColumnStore) => Promise<T>): Promise<T> {
  const store = await openStore(storeConfig(session.config, session.home));
  try {
    await migrate(store);
    return await work(store);
  } finally {
    await store.close();
  }
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
