import { type FeatureFamily, featureMapSql } from "../family.ts";

/** Reports further apart than this are not one stretch: nothing is known of the time between. */
const GAP_MAX_S = 120;

/** How the car was used on a day: what other detectors weigh by and the advice texts speak of. */
export const usageFamily: FeatureFamily = {
  id: "usage",
  features: {
    distanceKm: { unit: "km", sentence: "Odometer's last reading minus its first of the day." },
    odometerKm: { unit: "km", sentence: "The day's last odometer reading." },
    drivingH: { unit: "h", sentence: "Time at more than 1 km/h." },
    chargingH: { unit: "h", sentence: "Time parked and charging." },
    highSocH: { unit: "h", sentence: "Time at 90 % state of charge or more." },
    ambientMeanC: { unit: "°C", sentence: "Mean outside temperature while reporting." },
    ambientMinC: { unit: "°C", sentence: "Lowest outside temperature of the day." },
  },
  sql: ({ day, where }) => `
    SELECT vin, day, count() AS samples, ${featureMapSql({
      distanceKm: "if(max(km) > min(km), max(km) - min(km), NULL)",
      odometerKm: "max(km)",
      drivingH: "sumIf(stretch_s, speed > 1) / 3600",
      chargingH: "sumIf(stretch_s, is_charging) / 3600",
      highSocH: "sumIf(stretch_s, soc >= 90) / 3600",
      ambientMeanC: "avg(ambient)",
      ambientMinC: "min(ambient)",
    })} AS features
    FROM (
      SELECT vin, ${day} AS day, odometer_km AS km, speed_kmh AS speed, charge_state = 'parked_charging' AS is_charging, soc_pct AS soc,
        ambient_temp_c AS ambient, dateDiff('millisecond', lagInFrame(event_time, 1, event_time) OVER (
          PARTITION BY vin, day ORDER BY event_time ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), event_time) / 1000 AS since_s,
        if(since_s <= ${GAP_MAX_S}, since_s, 0) AS stretch_s
      FROM telemetry WHERE ${where} AND part = 0
    ) GROUP BY vin, day`,
};
