/**
 * Plants a fault into one cell of recorded healthy days, so that a detector's recall and delay can be measured with the
 * noise, gaps and modules of real vehicles. Works on daily roll-ups: a fault adds to the mean exactly, and to slope and
 * scatter as independent parts add.
 */
import type { CellDay } from "@bellwether/analytics/features/cellDaily";

export type InjectedFault =
  /** Reads this much lower from the first day: state of charge offset or weak cell. */
  | { readonly kind: "offset"; readonly depthMv: number }
  /** Self-discharge: about 0.66 mV/day per 5 mA in a 145 Ah NCM cell (8 mV per % of charge). */
  | { readonly kind: "leak"; readonly mvPerDay: number }
  /** More resistance than the pack's other cells. */
  | { readonly kind: "resistance"; readonly mohm: number }
  /** A contact that has extra resistance for a share of the time. */
  | { readonly kind: "contact"; readonly mohm: number; readonly share: number }
  /** Less capacity, balanced at full charge: low by 8 mV per % of missing charge. */
  | { readonly kind: "capacity"; readonly lossPct: number };

const MV_PER_SOC_PCT = 8;
const SOC_UNKNOWN_PCT = 60;
const DAY_MS = 86_400_000;

/** The days with the fault in `cell` (1-based) from day `onset` (YYYY-MM-DD) on; days before it and other cells unchanged. */
export function injectCellFault(days: readonly CellDay[], cell: number, onset: string, fault: InjectedFault): CellDay[] {
  return days.map((day) => (day.day < onset ? day : withFault(day, cell - 1, (Date.parse(day.day) - Date.parse(onset)) / DAY_MS, fault)));
}

function withFault(day: CellDay, i: number, ageDays: number, fault: InjectedFault): CellDay {
  switch (fault.kind) {
    case "offset":
      return lowered(day, i, fault.depthMv);
    case "leak":
      return lowered(day, i, fault.mvPerDay * ageDays);
    case "capacity":
      return lowered(day, i, ((MV_PER_SOC_PCT * fault.lossPct) / 100) * (100 - (day.socMeanPct ?? SOC_UNKNOWN_PCT)));
    case "resistance":
      return resistive(day, i, fault.mohm, 0);
    case "contact":
      return resistive(day, i, fault.mohm * fault.share, fault.share * (1 - fault.share) * fault.mohm ** 2);
  }
}

function lowered(day: CellDay, i: number, depthMv: number): CellDay {
  return { ...day, deviationMeanMv: changed(day.deviationMeanMv, i, (mv) => mv - depthMv) };
}

/** `mohm` on average, with this variance of resistance from row to row: deviation = old - R I. */
function resistive(day: CellDay, i: number, mohm: number, varianceMohm2: number): CellDay {
  const meanA = day.currentMeanA ?? 0;
  const varianceA2 = (day.currentSdA ?? 0) ** 2;
  const before = day.excessResistanceMohm[i] ?? 0;
  const addedMv2 = (mohm ** 2 + 2 * mohm * before) * varianceA2 + varianceMohm2 * (varianceA2 + meanA ** 2);
  return {
    ...lowered(day, i, mohm * meanA),
    excessResistanceMohm: changed(day.excessResistanceMohm, i, (r) => r + mohm),
    deviationSdMv: changed(day.deviationSdMv, i, (sd) => Math.sqrt(Math.max(0, sd ** 2 + addedMv2))),
  };
}

function changed(values: readonly (number | null)[], i: number, change: (x: number) => number): (number | null)[] {
  return values.map((x, k) => (k === i && x !== null ? change(x) : x));
}
