import type { Component } from "@bellwether/contracts/finding";

/**
 * Which dealer of a region gets a lead whose owner has no dealer, pure. The owner's own dealer always comes first;
 * this ranks the rest. The score is 0 to 100:
 *
 * - 40 points for a workshop that lists the component among its skills, 20 for one that lists none (it does everything);
 *   one that lists others only is out.
 * - up to 60 points for free capacity: all of it free 60, full 0; half of it where the capacity is not known.
 *
 * Equal scores go by id, so that the same facts give the same dealer.
 */

export interface DealerCapacity {
  readonly id: string;
  readonly region: string;
  /** Components the workshop is trained for; empty: all. */
  readonly skills: readonly string[];
  readonly capacityPerWeek: number | null;
  readonly openLeads: number;
}

export interface RoutingQuestion {
  readonly component: Component;
  readonly region: string;
  /** Dealers that had their chance. */
  readonly tried: readonly string[];
}

export interface RankedDealer {
  readonly id: string;
  readonly score: number;
}

const SKILL_POINTS = 40;
const GENERALIST_POINTS = 20;
const CAPACITY_POINTS = 60;

/** Dealers that could take it, best first. */
export function rankDealers({ component, region, tried }: RoutingQuestion, dealers: readonly DealerCapacity[]): readonly RankedDealer[] {
  return dealers
    .filter((dealer) => region !== "" && dealer.region === region && !tried.includes(dealer.id))
    .filter(({ skills }) => skills.length === 0 || skills.includes(component))
    .map((dealer) => ({ id: dealer.id, score: scoreOf(dealer) }))
    .toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}

function scoreOf({ skills, capacityPerWeek, openLeads }: DealerCapacity): number {
  const free = capacityPerWeek === null ? 0.5 : Math.max(0, 1 - openLeads / capacityPerWeek);
  return (skills.length === 0 ? GENERALIST_POINTS : SKILL_POINTS) + CAPACITY_POINTS * free;
}
