import { type FeatureFamily, featureMapSql } from "../family.ts";

/** Load at which drives are compared, kW at the pack: ordinary driving, without standing and without full throttle. */
const LOAD_KW = [3, 20] as const;
const ROWS_MIN = 10;

/** How much warmer than the air motor, controller and coolant are at ordinary load. */
export const driveHeatFamily: FeatureFamily = {
  id: "driveHeat",
  features: {
    motorRiseK: { unit: "K", sentence: "Median of the hottest motor less the outside air at 3 to 20 kW." },
    controllerRiseK: { unit: "K", sentence: "Median of the hottest motor controller less the outside air at 3 to 20 kW." },
    coolantRiseK: { unit: "K", sentence: "Median of the drive's coolant less the outside air at 3 to 20 kW." },
    motorMaxC: { unit: "°C", sentence: "Hottest motor of the day." },
    controllerMaxC: { unit: "°C", sentence: "Hottest motor controller of the day." },
    loadKw: { unit: "kW", sentence: "Mean load in those reports." },
  },
  sql: ({ day, where }) => `
    SELECT vin, day, count() AS samples, ${featureMapSql({
      motorRiseK: `if(countIf(is_usual AND isNotNull(motor)) >= ${ROWS_MIN}, medianIf(motor - ambient, is_usual), NULL)`,
      controllerRiseK: `if(countIf(is_usual AND isNotNull(controller)) >= ${ROWS_MIN}, medianIf(controller - ambient, is_usual), NULL)`,
      coolantRiseK: `if(countIf(is_usual AND isNotNull(coolant)) >= ${ROWS_MIN}, medianIf(coolant - ambient, is_usual), NULL)`,
      motorMaxC: "max(motor)",
      controllerMaxC: "max(controller)",
      loadKw: "avgIf(load_kw, is_usual)",
    })} AS features
    FROM (
      SELECT vin, ${day} AS day, if(empty(motor_temps_c), NULL, arrayMax(arrayMap(t -> ifNull(t, -99), motor_temps_c))) AS motor,
        if(empty(motor_controller_temps_c), NULL, arrayMax(arrayMap(t -> ifNull(t, -99), motor_controller_temps_c))) AS controller,
        coolant_temp_c AS coolant, ambient_temp_c AS ambient, abs(pack_voltage_v * pack_current_a) / 1000 AS load_kw,
        ifNull(load_kw BETWEEN ${LOAD_KW[0]} AND ${LOAD_KW[1]} AND isNotNull(ambient), 0) AS is_usual
      FROM telemetry WHERE ${where} AND speed_kmh > 5
    ) GROUP BY vin, day`,
};
