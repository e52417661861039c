import { type FeatureFamily, featureMapSql } from "../family.ts";

/** Begun again within this, the car not having moved: the charge before had not been meant to end. */
const AGAIN_S = 3600;
/** From one plug of a station to the next. */
const MOVED_KM = 0.3;
/** Above this a charge ends by itself, and some cars top up what they lost. */
const FULL_PCT = 95;
const DC_KW = 25;

/**
 * Charges of a day, and those that stopped and were begun again. A driver who unplugs and leaves cannot be told from a charge that failed,
 * so only what somebody began again counts; a silence between two charging reports does not.
 */
export const chargeStopsFamily: FeatureFamily = {
  id: "chargeStops",
  features: {
    acCharges: { unit: "", sentence: "Slow charges begun; one begun again within an hour at the same place is still the same." },
    acStopped: { unit: "", sentence: "Those of them that stopped below 95 % and were begun again." },
    dcCharges: { unit: "", sentence: "Charges begun at more than 25 kW." },
    dcStopped: { unit: "", sentence: "Those of them that stopped below 95 % and were begun again." },
    stops: { unit: "", sentence: "Stops in all." },
    place: { unit: "", sentence: "Where the first stopped charge took place, else the first charge: a number per cell of some 100 m." },
  },
  sql: ({ day, where }) => `
    SELECT vin, day, sum(rows) AS samples, ${featureMapSql({
      acCharges: `countIf(kw < ${DC_KW})`,
      acStopped: `countIf(kw < ${DC_KW} AND again > 0)`,
      dcCharges: `countIf(kw >= ${DC_KW})`,
      dcStopped: `countIf(kw >= ${DC_KW} AND again > 0)`,
      stops: "sum(again)",
      place: "argMin(cell, (again = 0, charge))",
    })} AS features
    FROM (
      SELECT vin, day, charge, count() AS rows, ifNull(max(kw), 0) AS kw, countIf(is_again) AS again, any(cell) AS cell FROM (
        SELECT vin, day, kw, cell, is_again, countIf(is_begin AND NOT is_again) OVER so_far AS charge FROM (
          SELECT vin, day, at, is_charging, kw, cell, is_begin,
            is_begin AND charged_at > toDateTime64(0, 3, 'UTC') AND dateDiff('second', charged_at, at) <= ${AGAIN_S} AND charged_pct < ${FULL_PCT}
              AND ifNull(km - charged_km <= ${MOVED_KM}, 1) AS is_again
          FROM (
            SELECT vin, day, at, is_charging, kw, cell, km, is_charging AND NOT lagInFrame(is_charging, 1, 0) OVER previous AS is_begin,
              maxIf(at, is_charging) OVER before AS charged_at, maxIf(km, is_charging) OVER before AS charged_km, argMaxIf(soc, at, is_charging) OVER before AS charged_pct
            FROM (
              SELECT vin, ${day} AS day, event_time AS at, charge_state = 'parked_charging' AS is_charging, ifNull(soc_pct, 0) AS soc, odometer_km AS km,
                abs(pack_voltage_v * pack_current_a) / 1000 AS kw, round(latitude_deg, 3) * 1000 * 1000000 + round(longitude_deg, 3) * 1000 AS cell
              FROM telemetry WHERE ${where} AND isNotNull(charge_state)
            )
            WINDOW previous AS (PARTITION BY vin, day ORDER BY at ROWS BETWEEN 1 PRECEDING AND CURRENT ROW),
              before AS (PARTITION BY vin, day ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
          )
        )
        WHERE is_charging
        WINDOW so_far AS (PARTITION BY vin, day ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
      ) GROUP BY vin, day, charge
    ) GROUP BY vin, day`,
};
