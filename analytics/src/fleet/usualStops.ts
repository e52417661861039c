import type { ChargeCounts, ChargeFleet } from "./chargeCounts.ts";

/** What happens to sound cars where nobody has counted: one charge in fifty, and cars that differ little. */
export const ASSUMED_STOPS = { share: 0.02, rho: 0.03 } as const;

/** Stops that so many charges have in the fleet at large; never below half of what is assumed where nobody counted. */
export function usualStops({ acCharges, dcCharges }: ChargeCounts, known: ChargeFleet | null): number {
  if (known === null) return ASSUMED_STOPS.share * (acCharges + dcCharges);
  const { fleet } = known;
  const shareOf = (stopped: number, charges: number) =>
    Math.max((stopped + 1) / (charges + 1 / ASSUMED_STOPS.share), ASSUMED_STOPS.share / 2);
  return acCharges * shareOf(fleet.acStopped, fleet.acCharges) + dcCharges * shareOf(fleet.dcStopped, fleet.dcCharges);
}

/** Two records together. */
export function addCounts(a: ChargeCounts, b: ChargeCounts): ChargeCounts {
  return {
    acCharges: a.acCharges + b.acCharges,
    acStopped: a.acStopped + b.acStopped,
    dcCharges: a.dcCharges + b.dcCharges,
    dcStopped: a.dcStopped + b.dcStopped,
  };
}

export const NO_CHARGES: ChargeCounts = { acCharges: 0, acStopped: 0, dcCharges: 0, dcStopped: 0 };
