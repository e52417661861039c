import type { ColumnStore } from "@bellwether/clickhouse/store";
import type { RecordSink } from "@bellwether/runtime/log/records";
import type { Catalogue } from "../catalogue.ts";
import type { LearntSets } from "../codes/learntSets.ts";
import type { RepairRisks } from "../codes/repairRisks.ts";
import type { AnalyticsConfig } from "../config.ts";
import type { GateResult } from "../features/qualityGate.ts";
import type { SeriesCache } from "../features/series.ts";
import type { VehicleDay } from "../features/vehicleDays.ts";
import type { BrakeWear } from "../fleet/brakeWear.ts";
import type { ChargeFleet } from "../fleet/chargeCounts.ts";
import type { ChargeModels } from "../fleet/chargeModels.ts";
import type { PeerTable } from "../fleet/peerTable.ts";
import type { Weekly } from "../fleet/weekly.ts";
import type { FadeFleets } from "../forecast/fadeFleets.ts";
import type { CompiledRule } from "../rules/compile.ts";
import type { FiringRow } from "../rules/firings.ts";
import type { UrgentLane } from "../urgent/urgentLane.ts";
import type { DatedFinding } from "./datedFinding.ts";
import type { LandedRange } from "./landed.ts";
import type { EngineState } from "./state.ts";
import type { Touched } from "./touched.ts";

/** What all stages share. */
export interface Engine {
  readonly store: ColumnStore;
  readonly sink: RecordSink;
  readonly config: AnalyticsConfig;
  /** In force; both are replaced between two steps when the catalogue changes. */
  catalogue: Catalogue;
  rules: readonly CompiledRule[];
  /** Whether what is open has not yet been held against this catalogue. */
  isCatalogueNew: boolean;
  readonly series: SeriesCache;
  readonly peers: PeerTable;
  readonly fades: FadeFleets;
  readonly chargeModels: ChargeModels;
  readonly learntSets: LearntSets;
  readonly chargePlaces: Weekly<ChargeFleet | null>;
  readonly repairRisks: Weekly<RepairRisks>;
  readonly brakeWear: Weekly<BrakeWear | null>;
  /** Tells ahead of the steps what one report decides. */
  readonly urgent: UrgentLane;
  readonly now: () => number;
  /** Changed by the stages; written by the last one. After a failure it is read again from the store. */
  state: EngineState;
}

/** One pass through the stages: each adds its part. */
export interface Step {
  /** Close all open days: nothing more will come. */
  readonly isFinal: boolean;
  ranges: readonly LandedRange[];
  touched: ReadonlyMap<string, Touched>;
  /** SQL filter: rows this step may see. */
  rowFilter: string;
  closing: readonly VehicleDay[];
  /** Closed days that received late rows. */
  again: readonly VehicleDay[];
  gate: readonly GateResult[];
  readonly findings: DatedFinding[];
  /** Lines for the record of what live and shadow rules said. */
  readonly firings: FiringRow[];
  readonly changed: Set<string>;
  readonly counts: StepCounts;
}

/** In = evaluated + late: what went through, for metrics and the log line. */
export interface StepCounts {
  rows: number;
  vehicles: number;
  lateVehicles: number;
  replayedVehicles: number;
  closedDays: number;
  recomputedDays: number;
  notEvaluated: number;
  findings: number;
}

/** A stage: reads from and adds to the step. */
export interface Stage {
  readonly name: string;
  run(engine: Engine, step: Step): Promise<void>;
}
