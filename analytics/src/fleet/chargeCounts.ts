/** Charges and those of them that stopped, slow and fast. */
export interface ChargeCounts {
  readonly acCharges: number;
  readonly acStopped: number;
  readonly dcCharges: number;
  readonly dcStopped: number;
}

/** How charging goes in the fleet, and at the places where more than one car charges. */
export interface ChargeFleet {
  readonly fleet: ChargeCounts & { readonly vehicles: number };
  /** Correlation of two charges of one car: how much sound cars differ. */
  readonly rho: number;
  /** By number of the cell; places of one car alone are left out. */
  readonly places: ReadonlyMap<number, ChargeCounts & { readonly vehicles: number }>;
}

/** What happened to each car at one charging place. */
export interface PlaceRecord {
  readonly place: number;
  readonly cars: readonly (ChargeCounts & { readonly vin: string })[];
}
