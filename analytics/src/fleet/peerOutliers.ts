import { benjaminiHochberg } from "../stats/benjaminiHochberg.ts";
import { normalTail } from "../stats/normalTail.ts";
import { type PeerGroup, peerZ } from "./peers.ts";

/** A feature whose vehicles far from their model are worth a look; `side` is the bad one. */
export interface Watched {
  readonly family: string;
  readonly feature: string;
  readonly side: 1 | -1;
  /** Least standard deviation as a share of the group's median. */
  readonly floorShare: number;
}

export const WATCHED: readonly Watched[] = [
  { family: "load-steps", feature: "r25Mohm", side: 1, floorShare: 0.02 },
  { family: "probes", feature: "heatKPerKa2h", side: 1, floorShare: 0.1 },
  { family: "probes", feature: "hotProbeLoadC", side: 1, floorShare: 0.25 },
  { family: "extremes", feature: "restSpreadMv", side: 1, floorShare: 0.1 },
  { family: "insulation", feature: "p10OhmPerV", side: -1, floorShare: 0.1 },
];

/** Share of false ones accepted in a list for engineers, halved because the tail is a fitted one (methods 4.4). */
export const REVIEW_SHARE = 0.05;

export interface Outlier {
  readonly vin: string;
  readonly value: number;
  readonly zScore: number;
  readonly pValue: number;
}

/**
 * The vehicles of one group that stand out on the bad side, by Benjamini-Hochberg over the whole group; most extreme first. The
 * tail is the normal one of the robust z, which heavy-tailed features exceed: a list to look at, never a message to an owner.
 */
export function peerOutliers(
  watched: Watched,
  group: PeerGroup,
  vehicles: readonly { readonly vin: string; readonly value: number }[],
): Outlier[] {
  const floor = Math.max(watched.floorShare * Math.abs(group.median), Number.EPSILON);
  const scored = vehicles.map(({ vin, value }): Outlier => {
    const zScore = watched.side * peerZ(group, value, floor);
    return { vin, value, zScore, pValue: normalTail(zScore) };
  });
  const isRejected = benjaminiHochberg(
    scored.map(({ pValue }) => pValue),
    REVIEW_SHARE,
  );
  return scored.filter((_, i) => isRejected[i]).sort((a, b) => b.zScore - a.zScore);
}
