/**
 * SQL of the pack's temperature in one report, °C: the median of its probes, else the middle of the reported extremes. One
 * probe that lies does not move it. -40 and -39 are broken wires, not cold (methods 2.4).
 */
export const PACK_TEMP_SQL = `
  if(notEmpty(probe_temps_c), nullIf(${sortedProbes()}[intDiv(length(${sortedProbes()}) + 1, 2)], 0),
    toNullable((probe_temp_max_c + probe_temp_min_c) / 2))`;

function sortedProbes(): string {
  return "arraySort(arrayMap(x -> toFloat64(assumeNotNull(x)), arrayFilter(x -> x > -39 AND x < 150, probe_temps_c)))";
}
