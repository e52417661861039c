import { type FeatureFamily, featureMapSql } from "../family.ts";

/** Below this current the contacts hardly warm, A. */
const CURRENT_MIN_A = 60;
const ROWS_MIN = 5;
/** Fast charging, and the state of charge in which no car tapers yet. */
const DC_KW = 20;
const SOC_PCT = [15, 60] as const;

/** Fast charges of a day: heat of the port's contacts, power in the flat part, and where they took place. */
export const chargePortFamily: FeatureFamily = {
  id: "chargePort",
  features: {
    portKPer100A: { unit: "K", sentence: "Upper fifth of the port's warmth over the air, brought to 100 A by the square of the current." },
    portMaxC: { unit: "°C", sentence: "Hottest port of the day." },
    dcKw: { unit: "kW", sentence: "Median power of fast charging at 15 to 60 % state of charge." },
    place: { unit: "", sentence: "Where the car charged fast: a number per cell of some 100 m." },
  },
  sql: ({ day, where }) => `
    SELECT vin, day, count() AS samples, ${featureMapSql({
      portKPer100A: `if(countIf(isNotNull(k)) >= ${ROWS_MIN}, quantile(0.8)(k), NULL)`,
      portMaxC: "max(port)",
      dcKw: `if(countIf(is_flat) >= ${ROWS_MIN}, medianIf(kw, is_flat), NULL)`,
      place: "median(cell)",
    })} AS features
    FROM (
      SELECT vin, ${day} AS day, charge_port_temp_c AS port, abs(pack_voltage_v * pack_current_a) / 1000 AS kw,
        (port - ambient_temp_c) * pow(100 / abs(pack_current_a), 2) AS k,
        ifNull(kw >= ${DC_KW} AND soc_pct BETWEEN ${SOC_PCT[0]} AND ${SOC_PCT[1]}, 0) AS is_flat,
        round(latitude_deg, 3) * 1000 * 1000000 + round(longitude_deg, 3) * 1000 AS cell
      FROM telemetry WHERE ${where} AND part = 0 AND charge_state = 'parked_charging' AND abs(pack_current_a) >= ${CURRENT_MIN_A}
    ) GROUP BY vin, day`,
};
