import { type FeatureFamily, featureMapSql } from "../family.ts";

/** Reports further apart than this are not one stretch: nothing is known of the time between. */
const GAP_MAX_S = 120;
const DC_KW = 20;
const TRIP_PAUSE_S = 600;
/** Reports close enough to see braking and accelerating, and how many a day needs to count them. */
const FINE_S = 5;
const FINE_ROWS_MIN = 60;
const HARSH_MS2 = 3;

/** How the car was used on a day: what other detectors weigh by and the advice texts speak of. */
export const usageFamily: FeatureFamily = {
  id: "usage",
  features: {
    distanceKm: { unit: "km", sentence: "Odometer's last reading minus its first of the day." },
    odometerKm: { unit: "km", sentence: "The day's last odometer reading." },
    drivingH: { unit: "h", sentence: "Time at more than 1 km/h." },
    chargingH: { unit: "h", sentence: "Time parked and charging." },
    dcChargingH: { unit: "h", sentence: "Time parked and charging at more than 20 kW." },
    trips: { unit: "", sentence: "Drives that began after ten minutes of standing or silence." },
    standingKw: { unit: "kW", sentence: "Median draw from the pack while started and standing: mostly heating and cooling." },
    harshEvents: { unit: "", sentence: "Changes of speed beyond 3 m/s², between reports at most 5 s apart." },
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
      dcChargingH: `sumIf(stretch_s, is_charging AND power_kw < -${DC_KW}) / 3600`,
      trips: `countIf(speed > 1 AND still_s >= ${TRIP_PAUSE_S})`,
      standingKw: "medianIf(power_kw, is_started AND speed = 0 AND NOT is_charging AND power_kw > 0)",
      harshEvents: `if(countIf(since_s > 0 AND since_s <= ${FINE_S}) < ${FINE_ROWS_MIN}, NULL, countIf(since_s > 0 AND since_s <= ${FINE_S} AND abs(speed - speed_before) / 3.6 / since_s > ${HARSH_MS2}))`,
      highSocH: "sumIf(stretch_s, soc >= 90) / 3600",
      ambientMeanC: "avg(ambient)",
      ambientMinC: "min(ambient)",
    })} AS features
    FROM (
      SELECT *, dateDiff('second', lagInFrame(moved_at, 1, toDateTime64(0, 3, 'UTC')) OVER so_far, at) AS still_s FROM (
        SELECT vin, ${day} AS day, event_time AS at, odometer_km AS km, speed_kmh AS speed, charge_state = 'parked_charging' AS is_charging,
          soc_pct AS soc, ambient_temp_c AS ambient, pack_voltage_v * pack_current_a / 1000 AS power_kw,
          ifNull(vehicle_state = 'started', 0) AS is_started, lagInFrame(speed, 1, speed) OVER previous AS speed_before,
          dateDiff('millisecond', lagInFrame(event_time, 1, event_time) OVER previous, event_time) / 1000 AS since_s,
          if(since_s <= ${GAP_MAX_S}, since_s, 0) AS stretch_s,
          maxIf(event_time, ifNull(speed_kmh > 1, 0)) OVER so_far AS moved_at
        FROM telemetry WHERE ${where}
        WINDOW previous AS (PARTITION BY vin, day ORDER BY event_time ROWS BETWEEN 1 PRECEDING AND CURRENT ROW),
          so_far AS (PARTITION BY vin, day ORDER BY event_time ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
      )
      WINDOW so_far AS (PARTITION BY vin, day ORDER BY at ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
    ) GROUP BY vin, day`,
};
