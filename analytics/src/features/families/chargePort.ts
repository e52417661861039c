import { type FeatureFamily, featureMapSql } from "../family.ts";

/** Below this current the contacts hardly warm, A. */
const CURRENT_MIN_A = 60;
const ROWS_MIN = 4;
/** Contacts and cable follow the current within minutes (methods 3.7). */
const WARM_UP_S = 450;
/** Heat by (current / 100 A)^2, times the share of the warming that is over; below this range the slope is noise. */
const HEAT_RANGE_MIN = 0.25;
/** A pause this long is the end of a charge. */
const PAUSE_S = 300;
/** Fast charging, and the state of charge in which no car tapers yet. */
const DC_KW = 20;
const SOC_PCT = [15, 60] as const;

/** Fast charges of a day: heat of the port's contacts, power in the flat part, and where they took place. */
export const chargePortFamily: FeatureFamily = {
  id: "chargePort",
  features: {
    portKPer100A: {
      unit: "K",
      sentence: "How much 100 A warm the port in the end: slope of its temperature over the air on the square of the current, warming up.",
    },
    portMaxC: { unit: "°C", sentence: "Hottest port of the day." },
    dcKw: { unit: "kW", sentence: "Median power of fast charging at 15 to 60 % state of charge." },
    place: { unit: "", sentence: "Where the car charged fast: a number per cell of some 100 m." },
  },
  sql: ({ day, where }) => `
    SELECT vin, day, count() AS samples, ${featureMapSql({
      // A slope: the port is a few kelvin warmer than the outside sensor before any current flows.
      portKPer100A: `if(countIf(isNotNull(rise)) >= ${ROWS_MIN} AND maxIf(heat, isNotNull(rise)) - minIf(heat, isNotNull(rise)) >= ${HEAT_RANGE_MIN}, tupleElement(simpleLinearRegressionIf(heat, assumeNotNull(rise), isNotNull(rise)), 1), NULL)`,
      portMaxC: "max(port)",
      dcKw: `if(countIf(is_flat) >= ${ROWS_MIN}, medianIf(kw, is_flat), NULL)`,
      place: "median(cell)",
    })} AS features
    FROM (
      SELECT *, port - ambient AS rise, assumeNotNull(pow(current_a / 100, 2) * (1 - exp(-charged_s / ${WARM_UP_S}))) AS heat FROM (
        SELECT vin, day, port, ambient, current_a, kw, is_flat, cell,
          dateDiff('second', max(if(is_start, at, toDateTime64(0, 3, 'UTC'))) OVER so_far, at) AS charged_s
        FROM (
          SELECT vin, ${day} AS day, event_time AS at, charge_port_temp_c AS port, ambient_temp_c AS ambient, abs(pack_current_a) AS current_a,
            abs(pack_voltage_v * pack_current_a) / 1000 AS kw, ifNull(kw >= ${DC_KW} AND soc_pct BETWEEN ${SOC_PCT[0]} AND ${SOC_PCT[1]}, 0) AS is_flat,
            round(latitude_deg, 3) * 1000 * 1000000 + round(longitude_deg, 3) * 1000 AS cell,
            lagInFrame(at, 1, toDateTime64(0, 3, 'UTC')) OVER previous AS before, dateDiff('second', before, at) > ${PAUSE_S} AS is_start
          FROM telemetry WHERE ${where} AND charge_state = 'parked_charging' AND abs(pack_current_a) >= ${CURRENT_MIN_A}
          WINDOW previous AS (PARTITION BY vin, day ORDER BY event_time ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
        )
        WINDOW so_far AS (PARTITION BY vin, day ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
      )
    ) GROUP BY vin, day`,
};
