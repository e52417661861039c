/** One charge as `charging_sessions` keeps it; charge is positive into the pack. */
export interface ChargingSession {
  readonly startedMs: number;
  readonly endedMs: number;
  /** Between the first and the last whole step of the displayed state of charge. */
  readonly tickSocPct: number;
  readonly tickChargeAh: number;
  readonly maxGapS: number;
  readonly samples: number;
  readonly tempMeanC: number | null;
  readonly isDc: boolean;
}
