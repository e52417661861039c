import { median } from "simple-statistics";
import type { DayFeatures } from "../features/family.ts";
import { modelPeers, type PeerGroup, peerZ } from "../fleet/peers.ts";
import type { VehicleView } from "./detector.ts";

/** When a day's number stands out; every limit in the feature's unit unless it says otherwise. */
export interface StandOutRule {
  /** 1: too high is the fault; -1: too low. */
  readonly sign: 1 | -1;
  /** Robust standard deviations beyond the peers, and the least a standard deviation is taken for. */
  readonly peerZ: number;
  readonly peerFloor: number;
  readonly beyondPeers: number;
  /** How far a car has to have moved from its own beginning; one that has not must stand out twice as far. */
  readonly ownChange: number;
  /** How many of its first days are the car's beginning: fewer where a family has a day a week only. */
  readonly baselineDays: number;
  /** Without peers the car is its own measure. */
  readonly beyondOwn: number;
}

/** How the last days stand beside what is usual. */
export interface StandOut {
  /** Median over the days, in the direction of the fault. */
  readonly excess: number;
  readonly excesses: readonly number[];
  /** What is usual for the newest day, and that day's number. */
  readonly usual: number;
  readonly newest: number;
  /** Days beyond the limits. */
  readonly farDays: number;
  readonly days: number;
  /** Null: the car's own beginning is the measure. */
  readonly group: PeerGroup | null;
}

export const RECENT_DAYS = 7;

/**
 * The last seven days of a family beside the model's peers, else the car's own first days. Several features are the same quantity in
 * unlike situations (air temperature, power): each is compared with its own usual, and a day counts with the mean of what it has.
 * Null where nothing says what is usual.
 */
export function standOut(
  view: VehicleView,
  days: readonly DayFeatures[],
  { family, features }: { readonly family: string; readonly features: readonly string[] },
  rule: StandOutRule,
): StandOut | null {
  const measures = features.map((feature) => measureOf(view, days, { family, feature }, rule));
  const judged = days.slice(-RECENT_DAYS).flatMap(({ values }) => {
    const found = measures.flatMap((measure) => {
      const value = values[measure?.feature ?? ""];
      return measure === null || value === undefined ? [] : [{ ...measure, value, excess: rule.sign * (value - measure.usual) }];
    });
    return found.length === 0 ? [] : [found];
  });
  const newest = judged.at(-1)?.[0];
  if (newest === undefined) return null;
  const excesses = judged.map((found) => found.reduce((sum, { excess }) => sum + excess, 0) / found.length);
  return {
    excess: median(excesses),
    excesses,
    usual: newest.usual,
    newest: newest.value,
    farDays: judged.filter((found) => found.every(({ isFar, value }) => isFar(value))).length,
    days: judged.length,
    group: newest.group,
  };
}

interface Measure {
  readonly feature: string;
  readonly usual: number;
  readonly group: PeerGroup | null;
  isFar(value: number): boolean;
}

function measureOf(
  view: VehicleView,
  days: readonly DayFeatures[],
  { family, feature }: { readonly family: string; readonly feature: string },
  rule: StandOutRule,
): Measure | null {
  const before = days
    .slice(0, -RECENT_DAYS)
    .slice(0, rule.baselineDays)
    .flatMap(({ values }) => values[feature] ?? []);
  const own = before.length < rule.baselineDays / 3 ? null : median(before);
  const group = modelPeers(view.peers, family, feature);
  const { sign } = rule;
  if (group !== null) {
    const isFar = (value: number) => {
      const times = own !== null && sign * (value - own) >= rule.ownChange ? 1 : 2;
      const isExtreme = sign * peerZ(group, value, rule.peerFloor) >= times * rule.peerZ;
      return isExtreme && sign * (value - group.median) >= times * rule.beyondPeers;
    };
    return { feature, usual: group.median, group, isFar };
  }
  return own === null ? null : { feature, usual: own, group, isFar: (value) => sign * (value - own) >= rule.beyondOwn };
}
