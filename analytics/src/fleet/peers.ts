/**
 * What is usual among a vehicle's peers on the day under judgement: the vehicles of its model, else of its chemistry, else
 * all, whichever is the first with enough of them. Each vehicle counts once, with the median of its seven days before, so
 * that a vehicle that drives every day has no more voice than one that does not (methods 4.1, 4.2).
 */
export const PEER_GROUP_KINDS = ["model", "chemistry", "fleet"] as const;
export type PeerGroupKind = (typeof PEER_GROUP_KINDS)[number];

/** Vehicles a group needs before it speaks; below it the next wider one does. Methods 4.2 asks for 50 on a whole market. */
export const PEERS_MIN = 20;

/** Vehicles of a model whose median is still a measure, where wider groups are none: for limits that are drawn wider then. */
export const PEERS_FEW = 8;

/** One feature over one group. */
export interface PeerGroup {
  readonly kind: PeerGroupKind;
  readonly name: string;
  readonly vehicles: number;
  readonly median: number;
  /** Median absolute deviation, not scaled. */
  readonly mad: number;
  /** At 0, 5, ... 100 %. */
  readonly quantiles: readonly number[];
}

/** The peers of one vehicle on one day. */
export interface Peers {
  /** The narrowest group with at least `least` (else `PEERS_MIN`) vehicles that have the feature; null when not even the fleet has. */
  of(family: string, feature: string, least?: number): PeerGroup | null;
}

/**
 * The group when it is the vehicle's own model, else null: for numbers that the model's design sets (warmth of a drive, power of
 * a charger), where another model's are no measure. `least` as of `Peers`.
 */
export function modelPeers(peers: Peers, family: string, feature: string, least: number = PEERS_MIN): PeerGroup | null {
  const group = peers.of(family, feature, least);
  return group?.kind === "model" ? group : null;
}

/** A vehicle without peers. */
export const NO_PEERS: Peers = { of: () => null };

/** 1 / 0.6745: makes the median absolute deviation estimate the standard deviation of normal data. */
const NORMAL_SCALE = 1.4826;

/**
 * How many robust standard deviations `value` lies above the group's median; `floor` is the least standard deviation, in the
 * feature's unit: the sensor's step, so that a group of equals does not make a trifle extreme. Example: median 10, MAD 2,
 * value 16 give 2.02.
 */
export function peerZ(group: PeerGroup, value: number, floor: number): number {
  return (value - group.median) / Math.max(NORMAL_SCALE * group.mad, floor);
}

/**
 * Share of the group below `value`, in %, linear between the quantiles; never 0 or 100, because of `n` vehicles the most
 * extreme one says no more than 1 in n + 1. Example: quantiles 0, 1, ... 20 of 99 vehicles, value 5 gives 25.
 */
export function peerPercentile({ quantiles, vehicles }: PeerGroup, value: number): number {
  const least = 100 / (vehicles + 1);
  const step = 100 / Math.max(1, quantiles.length - 1);
  const below = quantiles.filter((q) => q < value).length;
  const atOrBelow = quantiles.filter((q) => q <= value).length;
  // Ties: the middle of the stretch of equal quantiles.
  if (atOrBelow > below) return clamp(((below + atOrBelow - 1) / 2) * step, least);
  const low = quantiles[below - 1];
  const high = quantiles[below];
  if (low === undefined) return least;
  if (high === undefined) return 100 - least;
  return clamp((below - 1 + (value - low) / (high - low)) * step, least);
}

/** What evidence says of the peers: readings to spread into a detection's. */
export function peerReadings(group: PeerGroup | null, value: number | null): Readonly<Record<string, number | string | null>> {
  if (group === null || value === null) return { peer_percentile: null, peer_group: null, peer_vehicles: 0, peer_median: null };
  return {
    peer_percentile: Math.round(peerPercentile(group, value) * 10) / 10,
    peer_group: group.kind === "fleet" ? "fleet" : `${group.kind} ${group.name}`,
    peer_vehicles: group.vehicles,
    peer_median: Number(group.median.toPrecision(4)),
  };
}

function clamp(percent: number, least: number): number {
  return Math.min(100 - least, Math.max(least, percent));
}
