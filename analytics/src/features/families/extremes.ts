import { type FeatureFamily, featureMapSql } from "../family.ts";

const REST_A = 3;
const END_OF_CHARGE_SOC = 95;
const ROWS_MIN = 5;

/** Lowest and highest cell as the car itself names them: all there is where it does not send every cell (methods 2.2, degraded). */
export const extremesFamily: FeatureFamily = {
  id: "extremes",
  features: {
    restRows: { unit: "", sentence: "Reports at rest (3 A or less) with the lowest and the highest cell." },
    restLowCell: { unit: "", sentence: "Number of the cell that is most often the lowest at rest." },
    restLowShare: { unit: "", sentence: "Share of those reports in which it is." },
    restSpreadMv: { unit: "mV", sentence: "Median of highest minus lowest cell at rest." },
    endRows: { unit: "", sentence: "Reports while charging at 95 % or more." },
    endLowCell: { unit: "", sentence: "Number of the cell that is most often the lowest there." },
    endLowShare: { unit: "", sentence: "Share of those reports in which it is." },
    endSpreadMv: { unit: "mV", sentence: "Median of highest minus lowest cell there." },
    loadLowCell: { unit: "", sentence: "Number of the cell that is most often the lowest while driving." },
    loadLowShare: { unit: "", sentence: "Share of the reports while driving in which it is." },
    loadSpreadMv: { unit: "mV", sentence: "Median of highest minus lowest cell while driving." },
    hasCells: { unit: "", sentence: "1 where the day's reports also carry every cell." },
  },
  sql: ({ day, where }) => `
    SELECT vin, day, count() AS samples,
      ${(["rest", "end", "load"] as const).map((load) => `sumMapIf([low], [toUInt32(1)], is_${load}) AS ${load}_counts, arrayMax(${load}_counts.2) AS ${load}_most, countIf(is_${load}) AS ${load}_rows`).join(",\n      ")},
      ${featureMapSql({
        restRows: "rest_rows",
        endRows: "end_rows",
        ...lowest("rest"),
        ...lowest("end"),
        ...lowest("load"),
        hasCells: "max(cells) > 0",
      })} AS features
    FROM (
      SELECT vin, ${day} AS day, assumeNotNull(cell_voltage_min_index) AS low, 1000 * toFloat64(assumeNotNull(cell_voltage_max_v - cell_voltage_min_v)) AS spread,
        length(cell_voltages_v) AS cells, ifNull(charge_state = 'parked_charging', 0) AS is_charging,
        abs(pack_current_a) <= ${REST_A} AND NOT is_charging AS is_rest, is_charging AND ifNull(soc_pct >= ${END_OF_CHARGE_SOC}, 0) AS is_end,
        abs(pack_current_a) > ${REST_A} AND NOT is_charging AS is_load
      FROM telemetry
      WHERE ${where} AND isNotNull(cell_voltage_min_index) AND isNotNull(cell_voltage_max_v) AND cell_voltage_min_v >= 1.5
        AND isNotNull(pack_current_a)
    ) GROUP BY vin, day`,
};

function lowest(load: "rest" | "end" | "load"): Record<string, string> {
  const guard = `${load}_rows < ${ROWS_MIN}`;
  return {
    [`${load}LowCell`]: `if(${guard}, NULL, ${load}_counts.1[indexOf(${load}_counts.2, ${load}_most)])`,
    [`${load}LowShare`]: `if(${guard}, NULL, ${load}_most / ${load}_rows)`,
    [`${load}SpreadMv`]: `if(${guard}, NULL, quantileExactIf(0.5)(spread, is_${load}))`,
  };
}
