import type { Crossing } from "./fadeForecast.ts";

/**
 * Whether a limit is crossed while the warranty runs, at 80 %: certainly, rather yes, perhaps, no; or the warranty has ended. No statement where
 * the health value itself is of class C (methods 1.4).
 */
export const WARRANTY_VERDICTS = ["before_it_ends", "likely_before", "possibly_before", "not_before", "ended", "no_statement"] as const;
export type WarrantyVerdict = (typeof WARRANTY_VERDICTS)[number];

/** What the crossing of a warranty's capacity limit means for a warranty with `monthsLeft` to run; months from the same day. */
export function warrantyVerdict({ earliest, central, latest }: Crossing, monthsLeft: number, accuracyClass: string): WarrantyVerdict {
  const isBefore = (months: number | null): boolean => months !== null && months <= monthsLeft;
  if (monthsLeft < 0) return "ended";
  if (accuracyClass === "C") return "no_statement";
  if (isBefore(latest)) return "before_it_ends";
  if (isBefore(central)) return "likely_before";
  return isBefore(earliest) ? "possibly_before" : "not_before";
}
