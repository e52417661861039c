import type { ColumnStore } from "@bellwether/clickhouse/store";
import { withSettings } from "@bellwether/clickhouse/withSettings";
import type { RecordSink } from "@bellwether/runtime/log/records";
import type { Logger } from "@bellwether/runtime/logger";
import type { Metrics } from "@bellwether/runtime/metrics";
import type { Catalogue } from "./catalogue.ts";
import { type CatalogueWatch, openCatalogue } from "./catalogueWatch.ts";
import { createLearntSets } from "./codes/learntSets.ts";
import { createRepairRisks } from "./codes/repairRisks.ts";
import type { AnalyticsConfig } from "./config.ts";
import type { Engine } from "./engine/engine.ts";
import { loadState } from "./engine/state.ts";
import { createSeriesCache } from "./features/series.ts";
import { createBrakeWear } from "./fleet/brakeWear.ts";
import { createChargeModels } from "./fleet/chargeModels.ts";
import { createChargePlaces } from "./fleet/chargePlaces.ts";
import { createPeerTable } from "./fleet/peerTable.ts";
import { createFadeFleets } from "./forecast/fadeFleets.ts";
import { compileEffective } from "./rules/effective.ts";
import { openUrgentLane, type UrgentLane } from "./urgent/urgentLane.ts";

export interface AnalyticsDeps {
  readonly store: ColumnStore;
  readonly sink: RecordSink;
  readonly config: AnalyticsConfig;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly now: () => number;
  /** Shared with whoever else reads the catalogue; absent: the engine opens its own. */
  readonly catalogue?: CatalogueWatch;
}

export interface EngineHolder {
  /** The engine with the catalogue that is in force now; read from the store where there is none. */
  ready(): Promise<Engine>;
  /** Null before the first `ready` and after `drop`. */
  current(): Engine | null;
  /** What is in memory may be ahead of what was saved: read it again. */
  drop(): void;
}

/** A reading statement of the step waits where one of the urgent lane is running (ClickHouse: the smaller the number, the sooner). */
const URGENT = { priority: 1 };
const IN_TURN = { priority: 2 };

/** The engine's lifetime: its state is read at the first step and after one that failed; the urgent lane outlives that. */
export function holdEngine(deps: AnalyticsDeps): EngineHolder {
  const { config, logger, metrics } = deps;
  let engine: Engine | null = null;
  let watch = deps.catalogue ?? null;
  let urgent: UrgentLane | null = null;
  return {
    async ready() {
      watch ??= await openCatalogue({ dir: config.analyticsRulesDir, logger, metrics });
      await watch.look();
      const catalogue = watch.current();
      if (engine?.catalogue === catalogue) return engine;
      const rules = inForce(catalogue);
      if (engine !== null) return Object.assign(engine, rules);
      const state = await loadState(deps.store);
      urgent ??= await openUrgentLane({ ...deps, store: withSettings(deps.store, URGENT) }, { ...rules, state, config });
      engine = newEngine(deps, { ...rules, state, urgent });
      return engine;
    },
    current: () => engine,
    drop() {
      engine = null;
    },
  };
}

type InForce = Pick<Engine, "catalogue" | "rules" | "isCatalogueNew">;

function newEngine(deps: AnalyticsDeps, from: InForce & Pick<Engine, "state" | "urgent">): Engine {
  const { sink, config, now } = deps;
  const store = withSettings(deps.store, IN_TURN);
  const caches = {
    series: createSeriesCache(store),
    peers: createPeerTable(store),
    fades: createFadeFleets(),
    chargeModels: createChargeModels(store),
    chargePlaces: createChargePlaces(store),
    brakeWear: createBrakeWear(store),
    repairRisks: createRepairRisks(store),
    learntSets: createLearntSets(store),
  };
  return { store, sink, config, now, ...caches, ...from };
}

function inForce(catalogue: Catalogue): InForce {
  const rules = catalogue.rules.filter(({ status }) => status === "live" || status === "shadow").map(compileEffective);
  return { catalogue, rules, isCatalogueNew: true };
}
