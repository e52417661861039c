import type { ChargeCurve } from "../soh/chargeCurve.ts";

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
  /** Displayed at the first of those steps, %; absent in rows from before it was kept. */
  readonly tickFromPct?: number;
  /** Energy over charge of the whole session, V. */
  readonly meanV?: number;
  /** Into the pack. */
  readonly currentMeanA?: number;
  /** Of slow charges of at least 30 %. */
  readonly curve?: ChargeCurve;
}
