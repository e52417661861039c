import { createRandom, mix, mixUnit } from "./random.ts";

/** Where a car lives: its weather, its position, and the dealers near it. */
export interface Region {
  readonly id: string;
  readonly climate: "cold" | "temperate" | "hot";
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
  readonly yearMeanC: number;
  /** Half the difference between the warmest and the coldest day of an average year. */
  readonly seasonC: number;
  readonly wetDayShare: number;
  readonly dealers: readonly [string, ...string[]];
}

/** Approximate long-term climate means of the four cities. */
export const REGIONS: readonly [Region, ...Region[]] = [
  region("north", "cold", [39.9, 116.4], [12.9, 15.5], 0.18, ["dealer-beijing-1", "dealer-beijing-2"]),
  region("east", "temperate", [31.2, 121.5], [17.1, 12], 0.33, ["dealer-shanghai-1", "dealer-hangzhou-1"]),
  region("south", "hot", [23.1, 113.3], [22.4, 7.5], 0.4, ["dealer-guangzhou-1"]),
  region("west", "temperate", [30.6, 104.1], [16.8, 10], 0.36, ["dealer-chengdu-1"]),
];

export interface Weather {
  /** Mean air temperature of the day. */
  readonly ambientC: number;
  readonly isWet: boolean;
}

const DAY_MS = 86_400_000;
/** Day of the year on which the seasonal curve crosses its mean upwards (late April in China). */
const SPRING_DAY = 111;

/** Weather of a region on the UTC day that begins at `dayStartMs`; the same for every car of the region. */
export function weatherOf(seed: number, place: Region, dayStartMs: number): Weather {
  const day = Math.floor(dayStartMs / DAY_MS);
  const salt = mix(seed, REGIONS.indexOf(place) + 11);
  const dayOfYear = day % 365.2425;
  const season = Math.sin((2 * Math.PI * (dayOfYear - SPRING_DAY)) / 365.2425);
  // Two neighbouring draws averaged: weather lasts longer than a day.
  const whim = createRandom(mix(salt, day)).normal(0, 2.5) + createRandom(mix(salt, day - 1)).normal(0, 2.5);
  const isWet = mixUnit(mix(salt, 3), day) < place.wetDayShare;
  return { ambientC: place.yearMeanC + place.seasonC * season + whim - (isWet ? 2 : 0), isWet };
}

function region(
  id: string,
  climate: Region["climate"],
  [latitudeDeg, longitudeDeg]: readonly [number, number],
  [yearMeanC, seasonC]: readonly [number, number],
  wetDayShare: number,
  dealers: Region["dealers"],
): Region {
  return { id, climate, latitudeDeg, longitudeDeg, yearMeanC, seasonC, wetDayShare, dealers };
}
