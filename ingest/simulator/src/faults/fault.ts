import type { Component } from "@bellwether/contracts/finding";
import type { Intent } from "../dayPlan.ts";
import type { DayState } from "../dayState.ts";
import type { Habits, VehicleProfile } from "../profile.ts";
import type { Random } from "../random.ts";
import type { Reading } from "../reading.ts";
import type { PlantedFault } from "../truth.ts";

/** Where and when a fault may be planted. */
export interface FaultSite {
  readonly profile: VehicleProfile;
  readonly random: Random;
  readonly startMs: number;
  readonly days: number;
}

/** What planting decides; the registry adds the car, the kind and the component. */
export type FaultPlan = Omit<PlantedFault, "vin" | "kind" | "component">;

/** One kind of fault: how it is planted, and what it does to a car. A new kind is one file and one registry line. */
export interface FaultKind {
  readonly kind: string;
  readonly component: Component;
  /** Cars the kind can be planted in; all when absent. */
  suits?(profile: VehicleProfile): boolean;
  plant(site: FaultSite): FaultPlan;
  /** Changes how the car is used, for faults that show only in some situations. */
  bendHabits?(habits: Habits): Habits;
  /** More events on a day, for faults that need reports at a certain time. */
  addIntents?(fault: PlantedFault, dayStartMs: number): readonly Intent[];
  /** Changes the pack for a day: capacities, resistances, charge of cells, insulation. */
  changeDay?(fault: PlantedFault, day: DayState): void;
  /** Changes one report before sensors and rounding. */
  changeReading?(fault: PlantedFault, reading: Reading): void;
}

const DAY_MS = 86_400_000;

/** A moment in the history, as a share of it: 0 at its start, 1 at its end; whole UTC hours. */
export function momentOf(site: FaultSite, share: number): number {
  return site.startMs + Math.round(share * site.days * 24) * 3_600_000;
}

/** `days` later. */
export function daysAfter(timeMs: number, days: number): number {
  return timeMs + days * DAY_MS;
}

/** A fault grows over at most this share of the history, so that short histories show it whole. */
const GROWTH_SHARE = 0.35;

/** Days a slow fault takes to grow: as wished, or less in a short history. */
export function growthDays(site: FaultSite, wished: number): number {
  return Math.min(wished, GROWTH_SHARE * site.days);
}
