import { median } from "simple-statistics";
import type { DayFeatures } from "../features/family.ts";
import { modelPeers, PEERS_FEW, PEERS_MIN, type PeerGroup, peerZ } from "../fleet/peers.ts";
import type { VehicleView } from "./detector.ts";

/** When a day's number stands out; every limit in the feature's unit unless it says otherwise. */
export interface StandOutRule {
  /** 1: too high is the fault; -1: too low. */
  readonly sign: 1 | -1;
  /** Robust standard deviations beyond the peers, and the least a standard deviation is taken for. */
  readonly peerZ: number;
  readonly peerFloor: number;
  readonly beyondPeers: number;
  /** How far a car has to have moved from its own beginning; one that has not must stand out further. */
  readonly ownChange: number;
  /** How many of its first days are the car's beginning: fewer where a family has a day a week only. */
  readonly baselineDays: number;
  /** Without peers the car is its own measure. */
  readonly beyondOwn: number;
  /**
   * What the next situation in the order of the features may differ by in a sound car. A car that has not met today's situation at its
   * beginning is then measured by the one before it, with so much allowed; absent: it is not measured by itself.
   */
  readonly betweenSituations?: number;
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
 * The last seven days of a family beside the model's peers (where they are few, further off), else the car's own first days. Several features are the same quantity in
 * unlike situations (air temperature, power): each is compared with its own usual, and a day counts with the mean of what it has.
 * Null where nothing says what is usual.
 */
export function standOut(
  view: Pick<VehicleView, "peers">,
  days: readonly DayFeatures[],
  { family, features }: { readonly family: string; readonly features: readonly string[] },
  rule: StandOutRule,
): StandOut | null {
  const measures = features.map((_, place) => measureOf(view, days, { family, features, place }, rule));
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
  view: Pick<VehicleView, "peers">,
  days: readonly DayFeatures[],
  { family, features, place }: { readonly family: string; readonly features: readonly string[]; readonly place: number },
  rule: StandOutRule,
): Measure | null {
  const feature = features[place] ?? "";
  const own = ownUsual(days, features, place, rule);
  const group = modelPeers(view.peers, family, feature, PEERS_FEW);
  const changeOf = (value: number) => (own === null ? Number.NEGATIVE_INFINITY : rule.sign * (value - own));
  if (group !== null) return { feature, usual: group.median, group, isFar: (value) => isFarFrom(group, value, changeOf(value), rule) };
  return own === null ? null : { feature, usual: own, group, isFar: (value) => changeOf(value) >= rule.beyondOwn };
}

/**
 * Whether a value stands out of the model's cars, having moved by `change` from the car's own beginning. Fewer than twenty cars are a rough
 * measure: either it stands out further, or it has moved as far as a car without peers has to and a few cars do not contradict.
 */
function isFarFrom(group: PeerGroup, value: number, change: number, { sign, ...rule }: StandOutRule): boolean {
  const isFew = group.vehicles < PEERS_MIN;
  const beyond = sign * (value - group.median);
  if (isFew && change >= rule.beyondOwn && beyond >= rule.beyondPeers / 2) return true;
  const times = 1 + Number(change < rule.ownChange) + Number(isFew);
  return sign * peerZ(group, value, rule.peerFloor) >= times * rule.peerZ && beyond >= times * rule.beyondPeers;
}

/** The car's own beginning in the situation of the feature at `place`, or in the one before, with what may lie between them. */
function ownUsual(days: readonly DayFeatures[], features: readonly string[], place: number, rule: StandOutRule): number | null {
  const first = days.slice(0, -RECENT_DAYS).slice(0, rule.baselineDays);
  const medianAt = (at: number) => {
    const values = first.flatMap((day) => day.values[features[at] ?? ""] ?? []);
    return values.length < rule.baselineDays / 3 ? null : median(values);
  };
  const own = medianAt(place);
  const before = own === null && rule.betweenSituations !== undefined ? medianAt(place - 1) : null;
  return own ?? (before === null ? null : before + rule.sign * (rule.betweenSituations ?? 0));
}
