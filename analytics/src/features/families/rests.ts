import { type FeatureFamily, featureMapSql } from "../family.ts";
import { PACK_TEMP_SQL } from "./packTemperature.ts";

/** Silence or standing from which a pack counts as rested (methods 1.6). */
const REST_S = 7200;
/** Above it the first report after a rest is no rested voltage: the drop over the resistance would be more than 0.3 V. */
const REST_A = 3;
/** Current is taken as steady between reports at most so far apart while charging and while driving (methods 0.2). */
const CHARGING_STEP_MAX_S = 300;
const DRIVING_STEP_MAX_S = 120;
/** A change of the display over an uncounted pause that says something flowed unseen. */
const UNSEEN_SOC_PCT = 1.5;
const DAY_S = 86_400;

/**
 * The voltage a pack woke up with, and the charge counted on either side of it, so that the charge between two such voltages can be
 * added up over days without reading telemetry again (methods 1.6). The best rested of a day's wake-ups; a rest over midnight counts
 * from midnight on. Both ends of a day count as charged through, else a step would be lost at every midnight of a charge. Charge is positive into the pack.
 */
export const restsFamily: FeatureFamily = {
  id: "rests",
  features: {
    netAh: { unit: "Ah", sentence: "Charge counted into the pack less charge counted out of it." },
    drivenAh: { unit: "Ah", sentence: "Charge counted out of the pack." },
    unseenSteps: { unit: "", sentence: "Pauses between reports over which the displayed charge changed uncounted." },
    firstSocPct: { unit: "%", sentence: "Displayed charge of the first report." },
    lastSocPct: { unit: "%", sentence: "Displayed charge of the last report." },
    restV: { unit: "V", sentence: "Pack voltage of the first report after the longest rest of two hours or more, at 3 A or less." },
    restSocPct: { unit: "%", sentence: "Displayed charge in that report." },
    restTempC: { unit: "°C", sentence: "Pack temperature in that report." },
    restH: { unit: "h", sentence: "How long that rest lasted at least." },
    beforeRestAh: { unit: "Ah", sentence: "Part of `netAh` before that report." },
    beforeRestDrivenAh: { unit: "Ah", sentence: "Part of `drivenAh` before that report." },
  },
  sql: ({ day, secondOfDay, where }) => `
    SELECT vin, day, count() AS samples, maxIf(dt, is_rest) AS rest_s, argMaxIf(s, dt, is_rest) AS rest_at_s, ${featureMapSql({
      netAh: "sum(step_ah)",
      drivenAh: "0 - sum(least(step_ah, 0))",
      unseenSteps: "countIf(is_unseen)",
      firstSocPct: "argMin(soc, s)",
      lastSocPct: "argMax(soc, s)",
      restV: "if(rest_s = 0, NULL, argMaxIf(u, dt, is_rest))",
      restSocPct: "if(rest_s = 0, NULL, argMaxIf(soc, dt, is_rest))",
      restTempC: "if(rest_s = 0, NULL, argMaxIf(temp, dt, is_rest))",
      restH: "if(rest_s = 0, NULL, rest_s / 3600)",
      beforeRestAh:
        "if(rest_s = 0, NULL, arraySum(arrayFilter((ah, at) -> at <= rest_at_s, groupArray(step_ah) AS steps, groupArray(s) AS times)))",
      beforeRestDrivenAh: "if(rest_s = 0, NULL, 0 - arraySum(arrayFilter((ah, at) -> at <= rest_at_s AND ah < 0, steps, times)))",
    })} AS features
    FROM (
      SELECT *, dt >= ${REST_S} AND abs(i) <= ${REST_A} AND u > 0 AND NOT is_unseen AS is_rest
      FROM (
        SELECT *, if(s_before < 0, s, s - s_before) AS dt, if(is_charging, ${CHARGING_STEP_MAX_S}, ${DRIVING_STEP_MAX_S}) AS limit_s,
          dt <= limit_s AS is_counted, s_before >= 0 AND NOT is_counted AND abs(soc - soc_before) > ${UNSEEN_SOC_PCT} AS is_unseen,
          (if(is_counted, if(s_before < 0, i, (i + i_before) / 2) * dt, 0)
            + if(s_after < 0 AND ${DAY_S} - s <= limit_s, i * (${DAY_S} - s), 0)) / 3600 AS step_ah
        FROM (
          SELECT *, lagInFrame(s, 1, -1) OVER w AS s_before, leadInFrame(s, 1, -1) OVER w AS s_after, lagInFrame(i, 1, 0) OVER w AS i_before,
            lagInFrame(soc, 1, 0) OVER w AS soc_before
          FROM (
            SELECT vin, ${day} AS day, ${secondOfDay} AS s, -toFloat64(assumeNotNull(pack_current_a)) AS i, ifNull(toFloat64(pack_voltage_v), 0) AS u,
              toFloat64(assumeNotNull(soc_pct)) AS soc, ${PACK_TEMP_SQL} AS temp, ifNull(charge_state = 'parked_charging', 0) AS is_charging
            FROM telemetry WHERE ${where} AND isNotNull(pack_current_a) AND isNotNull(soc_pct)
            LIMIT 1 BY vin, event_time
          )
          WINDOW w AS (PARTITION BY vin, day ORDER BY s ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
        )
      )
    ) GROUP BY vin, day`,
};
