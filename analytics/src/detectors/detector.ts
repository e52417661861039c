import type { Component, Evidence, Severity } from "@bellwether/contracts/finding";
import type { LearntSet } from "../codes/learntSets.ts";
import type { RepairRisks } from "../codes/repairRisks.ts";
import type { Day } from "../engine/days.ts";
import type { HealthState } from "../engine/state.ts";
import type { QualityRow } from "../features/dataQuality.ts";
import type { VehicleSeries } from "../features/series.ts";
import type { PadWear } from "../fleet/brakeWear.ts";
import type { ChargeFleet } from "../fleet/chargeCounts.ts";
import type { Peers } from "../fleet/peers.ts";
import type { Crossing, FadeFleet, FadePath } from "../forecast/fadeForecast.ts";
import type { WarrantyVerdict } from "../forecast/warrantyTerm.ts";
import type { Words } from "../sentence.ts";
import type { ChargeModel } from "../soh/chargeModel.ts";
import type { Opinion } from "./capacity/opinions.ts";

/** What is known of a vehicle besides its telemetry. */
export interface VehicleMaster {
  readonly model: string;
  readonly chemistry: string;
  readonly nominalAh: number | null;
  /** Where it is sold; empty where not known. */
  readonly market?: string;
  readonly builtOn?: Day | null;
  /** Where they differ from what is usual (70 % within eight years); null: the usual. */
  readonly warranty?: { readonly sohPct: number | null; readonly until: Day | null };
}

/** One vehicle as a detector sees it on the evening of `day`: nothing in it is younger. */
export interface VehicleView {
  readonly vin: string;
  readonly day: Day;
  readonly dayStartMs: number;
  readonly dayEndMs: number;
  /** The vehicle's last report of that day: a finding of today was first known then. */
  readonly lastDataMs: number;
  readonly series: VehicleSeries;
  readonly master: VehicleMaster | null;
  /** Median capacity over the first 60 days of the vehicles of the same model, Ah, from at least five of them. */
  readonly peerBaselineAh: number | null;
  /** The vehicle's own capacity over its first 60 days, Ah. */
  readonly ownBaselineAh: number | null;
  readonly lastHealthDay: Day | null;
  /** Whose findings about the vehicle were open the evening before. */
  readonly openSources: ReadonlySet<string>;
  /** Where the battery's health stands since the last reading. */
  readonly health: HealthState | null;
  /** How the vehicles of its model fade; null where they are too few. */
  readonly fadeFleet: FadeFleet | null;
  /** What the charges of its model's vehicles taught before this week; absent: too few. */
  readonly chargeModel?: ChargeModel | null;
  /** What is usual among the vehicles of its model (or chemistry, or the fleet), from the seven days before this one. */
  readonly peers: Peers;
  /** How fast the pads of its model wear on what they take up, and when its own were changed; absent or null: nobody knows. */
  readonly padWear?: PadWear | null;
  /** How charging goes in the fleet and at shared places; absent or null: too few cars to say. */
  readonly chargeFleet?: ChargeFleet | null;
  /** Which trouble codes have preceded repairs in the fleet; absent: nothing learnt. */
  readonly codeSets?: readonly LearntSet[];
  /** Probability of a repair from trouble codes, by component; absent: nothing learnt. */
  readonly repairRisks?: RepairRisks;
  /** Lowest temperature somebody who knows the weather expects where the car is, °C; absent or null: nobody said. */
  readonly expectedColdC?: number | null;
  /** What the files set for this vehicle, by detector and by the names files use; absent: the code's own defaults. */
  readonly settings?: ReadonlyMap<string, Readonly<Record<string, number>>>;
}

/** Something a detector holds to be true of the vehicle today. */
export interface Detection {
  /** Whose texts apply. */
  readonly sourceId: string;
  readonly component: Component;
  readonly cell: number | null;
  readonly severity: Severity;
  readonly evidence: Omit<Evidence, "disprovedBy">;
  /** For the places of the sentence; `reportedDay`, the day of its first report, is added to them. */
  readonly words: Words;
}

/** A row of table `health`, without the vehicle. */
export interface HealthRow {
  readonly at: Day;
  readonly verdict: "ok" | "not_enough_evidence";
  readonly capacityAh: number | null;
  readonly lowAh: number | null;
  readonly highAh: number | null;
  readonly referenceAh: number | null;
  readonly sessions: number;
  readonly accuracyClass: string;
  readonly reason: string;
  /** Why the value moved by more than half a point since the last; empty: it did not. */
  readonly cause: string;
  /** What the charges of the window alone say, Ah. */
  readonly windowAh: number | null;
  /** The shown capacity times the mean voltage of the window's charges; null without a voltage. */
  readonly capacityKwh: number | null;
  /** What each method alone says; empty: nothing. */
  readonly opinions: readonly Opinion[];
  /** Points of capacity that cells out of balance cost, which is not ageing; null: not known. */
  readonly imbalancePct: number | null;
}

/** A row of table `forecasts`, without the vehicle. */
export interface ForecastRow {
  readonly at: Day;
  readonly path: FadePath;
  readonly limits: readonly { readonly kind: string; readonly sohPct: number; readonly crossing: Crossing }[];
  /** Whether the warranty's limit is crossed while it runs; null: no known end. */
  readonly warranty: { readonly verdict: WarrantyVerdict; readonly monthsLeft: number } | null;
}

export interface Judgement {
  /** What holds today; null makes no statement, so open findings stay as they are. */
  readonly detections: readonly Detection[] | null;
  /** Why there is no statement. */
  readonly notEvaluated: { readonly reason: string; readonly samples: number } | null;
  readonly health?: HealthRow;
  readonly quality?: QualityRow;
  readonly healthState?: HealthState;
  readonly forecast?: ForecastRow;
  readonly baselineAh?: number;
}

export interface Detector {
  /** Texts are under this id in `rules/detectors`. */
  readonly id: string;
  /** Every id its detections may carry, itself included. */
  readonly sourceIds: readonly string[];
  readonly version: number;
  /** Days without the detection after which its finding is cleared. */
  readonly clearAfterDays: number;
  /** Whether the quality gate on cell data applies. */
  readonly needsCells: boolean;
  /** Adjustable numbers with the defaults it was measured with (`settings.ts`); each stands in one of its files. */
  readonly settings?: Readonly<Record<string, number>>;
  judge(view: VehicleView): Judgement;
}
