import type { Finding } from "@bellwether/contracts/finding";

/**
 * What a finding owes its reader and does not carry: value, unit, interval, place among peers (null where there are none), window, plot,
 * what would disprove it, method and version. Empty: nothing is missing. Every detector's tests ask it.
 */
export function evidenceGaps({ source, evidence }: Finding): string[] {
  const { value, unit, low, high, from, to, samples, readings, series, disprovedBy } = evidence;
  const has: Readonly<Record<string, boolean>> = {
    value: value !== null,
    unit: unit !== "",
    interval: low !== null && high !== null && low <= high && value !== null && low <= value && value <= high,
    peers: "peer_percentile" in readings,
    window: Date.parse(from) < Date.parse(to),
    samples: samples > 0,
    plot: series.some(({ at, values }) => at.length > 0 && at.length === values.length && values.some((point) => point !== null)),
    disproof: disprovedBy.length > 10,
    method: source.id !== "" && source.version >= 1,
  };
  return Object.keys(has).filter((part) => has[part] !== true);
}
