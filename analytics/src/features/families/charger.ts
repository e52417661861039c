import { type FeatureFamily, featureMapSql } from "../family.ts";

const ROWS_MIN = 6;
/** On-board chargers reach 22 kW; below the first figure the car's own consumption is most of the difference. */
const INPUT_KW = [1.2, 25] as const;
/** The car's own consumption weighs more at a wall socket than at a wall box. */
const STRONG_KW = 5;
/** Weak direct-current stations give what the pack takes; no on-board charger passes on so much. */
const SHARE_MAX = 0.98;
/** Outside this the same socket also heats or cools the pack. */
const COMFORT_C = [5, 35] as const;
/** Above this the current tapers and cells are balanced. */
const SOC_MAX_PCT = 90;

/** Slow charging: how much of what the socket gives reaches the pack. */
export const chargerFamily: FeatureFamily = {
  id: "charger",
  features: {
    efficiencyWeakPct: { unit: "%", sentence: "Median power into the pack by power from the socket, at less than 5 kW." },
    efficiencyStrongPct: { unit: "%", sentence: "The same at 5 to 25 kW." },
    inputKw: { unit: "kW", sentence: "Median power from the socket." },
  },
  sql: ({ day, where }) => `
    SELECT vin, day, count() AS samples, ${featureMapSql({
      efficiencyWeakPct: `if(countIf(input_kw < ${STRONG_KW}) >= ${ROWS_MIN}, 100 * medianIf(pack_kw / input_kw, input_kw < ${STRONG_KW}), NULL)`,
      efficiencyStrongPct: `if(countIf(input_kw >= ${STRONG_KW}) >= ${ROWS_MIN}, 100 * medianIf(pack_kw / input_kw, input_kw >= ${STRONG_KW}), NULL)`,
      inputKw: "median(input_kw)",
    })} AS features
    FROM (
      SELECT vin, ${day} AS day, charge_power_kw AS input_kw, -pack_voltage_v * pack_current_a / 1000 AS pack_kw
      FROM telemetry WHERE ${where} AND charge_state = 'parked_charging' AND charge_power_kw BETWEEN ${INPUT_KW[0]} AND ${INPUT_KW[1]}
        AND pack_current_a < 0 AND pack_kw < ${SHARE_MAX} * input_kw AND pack_voltage_v > 0 AND ifNull(soc_pct <= ${SOC_MAX_PCT}, 1)
        AND ifNull(ambient_temp_c BETWEEN ${COMFORT_C[0]} AND ${COMFORT_C[1]}, 1)
    ) GROUP BY vin, day`,
};
