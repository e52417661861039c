import { median } from "simple-statistics";

/** One day's charging against what is usual, 1 is usual, at a place. */
export interface PlacedRatio {
  readonly place: number | null;
  readonly ratio: number;
}

/** Whose fault it is: the car's at every place, or one station's. */
export interface PlaceVerdict {
  readonly kind: "car" | "one_place" | "station" | "usual";
  readonly places: number;
  /** Days beyond the limit. */
  readonly days: number;
  /** Median of the days beyond it; 1 where there is none. */
  readonly ratio: number;
}

/**
 * Tells the car from the station (methods 3.7, where cars meet stations too rarely for a two-way median polish): what goes wrong
 * at several places and nowhere right is the car's; what goes wrong at one place and right at others is the station's; with
 * one place only, nobody can tell.
 * @param isBeyond whether a ratio is out of the ordinary
 */
export function splitByPlace(days: readonly PlacedRatio[], isBeyond: (ratio: number) => boolean, daysMin: number): PlaceVerdict {
  const beyond = days.filter(({ ratio }) => isBeyond(ratio));
  const places = [...new Set(days.map(({ place }) => place))];
  const bad = places.filter((place) => isBeyond(median(days.filter((day) => day.place === place).map(({ ratio }) => ratio))));
  const found = { places: places.length, days: beyond.length, ratio: beyond.length === 0 ? 1 : median(beyond.map(({ ratio }) => ratio)) };
  if (beyond.length < daysMin || bad.length === 0) return { kind: "usual", ...found };
  if (places.length === 1) return { kind: "one_place", ...found };
  if (bad.length >= 2 && bad.length > places.length / 2) return { kind: "car", ...found };
  return { kind: bad.length === 1 ? "station" : "usual", ...found };
}
