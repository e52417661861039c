import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createApi } from "@bellwether/alerts/api/createApi";
import { type AlertsService, createAlerts } from "@bellwether/alerts/service";
import { type CatalogueWatch, openCatalogue } from "@bellwether/analytics/catalogueWatch";
import { type Analytics, createAnalytics } from "@bellwether/analytics/service";
import { createPipelineOperations } from "@bellwether/ingest/operations";
import { createIngest, type Ingest } from "@bellwether/ingest/service";
import { createMetrics, type Metrics } from "@bellwether/runtime/metrics";
import type { Platform } from "./platform.ts";
import type { Session } from "./session.ts";

/** The three services on one platform, created and not yet started. */
export interface Services {
  readonly ingest: Ingest;
  readonly analytics: Analytics;
  readonly alerts: AlertsService;
  readonly catalogue: CatalogueWatch;
  readonly metrics: Metrics;
}

/** The console as `npm run build` leaves it. */
const CONSOLE_DIR = fileURLToPath(new URL("../../console/dist", import.meta.url));

export async function createServices(session: Session, platform: Platform): Promise<Services> {
  const { config, logger } = session;
  const { log, store, db } = platform;
  const metrics = createMetrics({ withProcess: true });
  const catalogue = await openCatalogue({ dir: config.analyticsRulesDir, logger, metrics });
  const common = { config, logger, metrics, now: Date.now };
  const analytics = createAnalytics({ ...common, store, sink: log.sink, catalogue });
  return {
    ingest: createIngest({ ...common, log, store, onLanded: () => analytics.wake() }),
    analytics,
    alerts: createAlerts({ ...common, log, store, db, advice: { findAdvice: (sourceId) => catalogue.current().findAdvice(sourceId) } }),
    catalogue,
    metrics,
  };
}

export type Api = Awaited<ReturnType<typeof createApi>>;

/** The HTTP API, serving the console where it has been built. */
export function openApi(session: Session, platform: Platform, metrics: Metrics): Promise<Api> {
  const { config, logger } = session;
  const consoleDir = config.apiConsoleDir ?? (existsSync(CONSOLE_DIR) ? CONSOLE_DIR : undefined);
  return createApi({
    store: platform.store,
    db: platform.db,
    config: { ...config, apiConsoleDir: consoleDir },
    logger,
    metrics,
    now: Date.now,
    rulesDir: config.analyticsRulesDir,
    pipeline: createPipelineOperations({ store: platform.store, log: platform.log, config, now: Date.now }),
  });
}
