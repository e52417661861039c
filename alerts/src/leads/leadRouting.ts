import type { Component } from "@bellwether/contracts/finding";

/**
 * Which dealer gets a lead whose owner has no dealer, pure. The owner's own dealer always comes first; this ranks the rest.
 * A dealer can take it who is in the car's region or within 100 km, may repair its make, and is trained for the component
 * (or lists no skills: it does everything), unless its calendar tells that nobody trained for it will be there. The score is 0 to 100:
 *
 * - 30 points for a workshop that lists the component among its skills, 15 for one that lists none.
 * - up to 40 points for free capacity: all of it free 40, full 0; half of it where the capacity is not known.
 * - up to 30 points for being near: 30 at the car, 0 at 100 km and beyond; 15 where a position is not known.
 *
 * Equal scores go by id, so that the same facts give the same dealer.
 */

export interface Position {
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
}

export interface DealerCapacity {
  readonly id: string;
  readonly region: string;
  /** Components the workshop is trained for; empty: all. */
  readonly skills: readonly string[];
  /** Makes it may repair, as the model's name begins; empty: all. */
  readonly brands?: readonly string[];
  readonly position?: Position | null;
  readonly capacityPerWeek: number | null;
  readonly openLeads: number;
  /** Whether the coming calendar has a technician trained for the component; null or absent: it does not say. */
  readonly hasTrained?: boolean | null;
}

export interface RoutingQuestion {
  readonly component: Component;
  /** Empty: not known. */
  readonly region: string;
  /** Dealers that had their chance. */
  readonly tried: readonly string[];
  /** The car's model with its make in front; empty or absent: not known. */
  readonly model?: string;
  /** Where the car was last; absent or null: not known. */
  readonly position?: Position | null;
}

export interface RankedDealer {
  readonly id: string;
  readonly score: number;
  /** Null where a position is not known. */
  readonly distanceKm: number | null;
}

const SKILL_POINTS = 30;
const CAPACITY_POINTS = 40;
const DISTANCE_POINTS = 30;
export const NEAR_KM = 100;

/** Dealers that could take it, best first. */
export function rankDealers(question: RoutingQuestion, dealers: readonly DealerCapacity[]): readonly RankedDealer[] {
  const { component, tried, model = "", position = null } = question;
  return dealers
    .map((dealer) => ({ ...dealer, distanceKm: distanceKm(position, dealer.position ?? null) }))
    .filter(({ id, region, distanceKm: km }) => !tried.includes(id) && isReachable(question.region, region, km))
    .filter(({ skills, hasTrained = null }) => hasTrained !== false && (skills.length === 0 || skills.includes(component)))
    .filter(({ brands = [] }) => brands.length === 0 || model === "" || brands.some((brand) => startsWith(model, brand)))
    .map((dealer) => ({ id: dealer.id, score: scoreOf(dealer), distanceKm: dealer.distanceKm }))
    .toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}

function isReachable(wanted: string, region: string, km: number | null): boolean {
  return (wanted !== "" && region === wanted) || (km !== null && km <= NEAR_KM);
}

function startsWith(model: string, brand: string): boolean {
  return model.toLowerCase().startsWith(brand.toLowerCase());
}

function scoreOf({ skills, capacityPerWeek, openLeads, distanceKm: km }: DealerCapacity & { readonly distanceKm: number | null }): number {
  const free = capacityPerWeek === null ? 0.5 : Math.max(0, 1 - openLeads / capacityPerWeek);
  const near = km === null ? 0.5 : Math.max(0, 1 - km / NEAR_KM);
  return (skills.length === 0 ? SKILL_POINTS / 2 : SKILL_POINTS) + CAPACITY_POINTS * free + DISTANCE_POINTS * near;
}

/** Mean radius of the earth, IUGG. */
const EARTH_KM = 6371.0088;

/** Great-circle distance (haversine: R. W. Sinnott, Sky and Telescope 68 (1984) 159); null where a position is not known. */
export function distanceKm(a: Position | null, b: Position | null): number | null {
  if (a === null || b === null) return null;
  const rad = (deg: number) => (deg * Math.PI) / 180;
  const [latA, latB] = [rad(a.latitudeDeg), rad(b.latitudeDeg)];
  const half = Math.sin((latB - latA) / 2) ** 2 + Math.cos(latA) * Math.cos(latB) * Math.sin(rad(b.longitudeDeg - a.longitudeDeg) / 2) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(half)));
}
