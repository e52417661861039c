import { type FeatureFamily, featureMapSql } from "../family.ts";
import { PACK_TEMP_SQL } from "./packTemperature.ts";

/** Reports further apart are no step: too much relaxes in between (methods 2.1 asks for 15 s; many terminals report every 30 or 60). */
const STEP_MAX_S = 65;
const STEP_MIN_A = 40;
/** Resistance depends on both; outside it is not comparable. */
const SOC_BAND = [20, 90] as const;
const TEMP_BAND_C = [5, 45] as const;
/** Activation temperature of lithium cells' resistance, K: about 21 kJ/mol over the gas constant. */
const ACTIVATION_K = 2500;
const STEPS_MIN = 5;
const PAIRS_MIN = 30;
const PARKED_MIN = 3;

/**
 * What voltage answers to current: resistance from load steps at 25 °C, whether both are measured at the same instant, and whether
 * the current sensor is at zero when nothing flows (methods 0.1, 0.2 and 2.1).
 */
export const loadStepsFamily: FeatureFamily = {
  id: "load-steps",
  features: {
    steps: { unit: "", sentence: "Pairs of reports with a change of current of 40 A or more, 20 to 90 % charged, 5 to 45 °C." },
    r25Mohm: { unit: "mΩ", sentence: "Median of the voltage's answer to those steps by change of current, normalised to 25 °C." },
    r25SpreadMohm: { unit: "mΩ", sentence: "Robust standard deviation of single steps." },
    stepGapS: { unit: "s", sentence: "Median time between the two reports of a step: resistances compare only at a like one." },
    stepTempC: { unit: "°C", sentence: "Median pack temperature of the steps." },
    stepCorrelation: {
      unit: "",
      sentence: "Correlation of changes of voltage with changes of current in the same pair; -1 on a good car.",
    },
    stepCorrelationLate: { unit: "", sentence: "The same with the change of current one pair before or after, whichever is stronger." },
    parkedCurrentA: { unit: "A", sentence: "Median current while switched off, standing and not charging: the sensor's offset." },
    drivingCurrentRangeA: { unit: "A", sentence: "Range of current at more than 5 km/h; 0 is a stuck sensor." },
    drivingVoltageRangeV: { unit: "V", sentence: "Range of pack voltage at more than 5 km/h." },
    drivingRows: { unit: "", sentence: "Reports at more than 5 km/h with current and voltage." },
    cellMvPerSocPct: { unit: "mV/%", sentence: "Rise of the mean cell voltage per percent of charge while charging." },
  },
  sql: ({ day, where }) => `
    SELECT vin, day, count() AS samples, ${featureMapSql({
      steps: "countIf(is_step)",
      r25Mohm: `if(countIf(is_step) < ${STEPS_MIN}, NULL, quantileExactWeightedIf(0.5)(r25, weight, is_step))`,
      r25SpreadMohm: `if(countIf(is_step) < ${STEPS_MIN}, NULL,
        (quantileExactWeightedIf(0.75)(r25, weight, is_step) - quantileExactWeightedIf(0.25)(r25, weight, is_step)) / 1.349)`,
      stepGapS: `if(countIf(is_step) < ${STEPS_MIN}, NULL, quantileExactIf(0.5)(dt, is_step))`,
      stepTempC: `if(countIf(is_step) < ${STEPS_MIN}, NULL, quantileExactIf(0.5)(temp, is_step))`,
      stepCorrelation: `if(countIf(is_pair) < ${PAIRS_MIN}, NULL, corrIf(du, di, is_pair))`,
      stepCorrelationLate: `if(countIf(is_pair) < ${PAIRS_MIN}, NULL, least(corrIf(du, di_before, is_pair), corrIf(du_before, di, is_pair)))`,
      parkedCurrentA: `if(countIf(is_off) < ${PARKED_MIN}, NULL, quantileExactIf(0.5)(i, is_off))`,
      drivingCurrentRangeA: "maxIf(i, is_driving) - minIf(i, is_driving)",
      drivingVoltageRangeV: "maxIf(u, is_driving) - minIf(u, is_driving)",
      drivingRows: "countIf(is_driving)",
      cellMvPerSocPct: `if(maxIf(soc, is_charging) - minIf(soc, is_charging) < 10, NULL,
        covarSampIf(1000 * u / cells, soc, is_charging AND cells > 0) / varSampIf(soc, is_charging AND cells > 0))`,
    })} AS features
    FROM (
      SELECT *, lagInFrame(di, 1, 0) OVER w AS di_before, lagInFrame(du, 1, 0) OVER w AS du_before, lagInFrame(is_near, 1, 0) OVER w AS was_near,
        is_near AND was_near AND abs(di) > 1 AND is_driving AS is_pair,
        is_near AND abs(di) >= ${STEP_MIN_A} AND abs(soc - soc_before) <= 1 AND soc BETWEEN ${SOC_BAND[0]} AND ${SOC_BAND[1]}
          AND temp BETWEEN ${TEMP_BAND_C[0]} AND ${TEMP_BAND_C[1]} AS is_step,
        if(is_step, -1000 * du / di * exp(-${ACTIVATION_K} * (1 / (temp + 273.15) - 1 / 298.15)), 0) AS r25, toUInt64(abs(di)) AS weight
      FROM (
        SELECT *, lagInFrame(t, 1, toDateTime64(0, 3, 'UTC')) OVER w AS t_before, lagInFrame(i, 1, i) OVER w AS i_before,
          lagInFrame(u, 1, u) OVER w AS u_before, lagInFrame(soc, 1, soc) OVER w AS soc_before,
          dateDiff('millisecond', t_before, t) / 1000 AS dt, dt > 0 AND dt <= ${STEP_MAX_S} AS is_near, i - i_before AS di, u - u_before AS du
        FROM (
          SELECT vin, ${day} AS day, event_time AS t, toFloat64(assumeNotNull(pack_current_a)) AS i, toFloat64(assumeNotNull(pack_voltage_v)) AS u,
            toFloat64(ifNull(soc_pct, 0)) AS soc, ifNull(${PACK_TEMP_SQL}, -100) AS temp, length(cell_voltages_v) AS cells,
            ifNull(charge_state = 'parked_charging', 0) AS is_charging, ifNull(speed_kmh > 5, 0) AS is_driving,
            ifNull(vehicle_state = 'off' AND charge_state = 'not_charging' AND speed_kmh = 0, 0) AS is_off
          FROM telemetry WHERE ${where} AND isNotNull(pack_current_a) AND pack_voltage_v > 0
          LIMIT 1 BY vin, event_time
        )
        WINDOW w AS (PARTITION BY vin, day ORDER BY t ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
      )
      WINDOW w AS (PARTITION BY vin, day ORDER BY t ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
    ) GROUP BY vin, day`,
};
