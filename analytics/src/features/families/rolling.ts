import { type FeatureFamily, featureMapSql } from "../family.ts";

/** Fast and straight: there position and odometer see the same road, and wheels hardly slip (methods 3.4). */
const FAST_KMH = 70;
const GAP_MAX_S = 35;
/** Sine of the turn between two steps: an arc of this is 0.1 % longer than its chord. */
const TURN_MAX = 0.15;
/** Shorter stretches show the odometer's step of 0.1 km. */
const STRETCH_MIN_KM = 3;

/** How far the wheels say the car went, and how far it went: worn tyres are smaller and turn more often. */
export const rollingFamily: FeatureFamily = {
  id: "rolling",
  features: {
    gpsKm: { unit: "km", sentence: "Distance by position over fast, straight stretches." },
    odoKm: { unit: "km", sentence: "Distance by odometer over the same stretches." },
    stretches: { unit: "", sentence: "Number of those stretches." },
    tyreKpa: { unit: "kPa", sentence: "Mean pressure of the tyres on them." },
    odometerKm: { unit: "km", sentence: "The odometer at their end." },
  },
  sql: ({ day, where }) => `
    SELECT vin, day, toUInt64(sum(rows)) AS samples, ${featureMapSql({
      gpsKm: `sumIf(gps, gps >= ${STRETCH_MIN_KM})`,
      odoKm: `sumIf(odo, gps >= ${STRETCH_MIN_KM})`,
      stretches: `countIf(gps >= ${STRETCH_MIN_KM})`,
      tyreKpa: `avgIf(mean_kpa, gps >= ${STRETCH_MIN_KM})`,
      odometerKm: `maxIf(end_km, gps >= ${STRETCH_MIN_KM})`,
    })} AS features
    FROM (
      SELECT vin, day, stretch, count() AS rows, sum(step) AS gps, max(km) - min(km_before) AS odo, max(km) AS end_km, avg(kpa) AS mean_kpa FROM (
        SELECT *, countIf(NOT is_on) OVER so_far AS stretch FROM (
          SELECT *, is_fast AND (dx_before = 0 AND dy_before = 0 OR abs(dx * dy_before - dy * dx_before) < ${TURN_MAX} * sqrt((dx * dx + dy * dy) * (dx_before * dx_before + dy_before * dy_before))) AS is_on FROM (
            SELECT *, lagInFrame(dx, 1, 0) OVER previous AS dx_before, lagInFrame(dy, 1, 0) OVER previous AS dy_before FROM (
              SELECT vin, ${day} AS day, event_time AS at, assumeNotNull(odometer_km) AS km, assumeNotNull(latitude_deg) AS lat, assumeNotNull(longitude_deg) AS lon,
                (tyre_pressure_fl_kpa + tyre_pressure_fr_kpa + tyre_pressure_rl_kpa + tyre_pressure_rr_kpa) / 4 AS kpa,
                lagInFrame(km, 1, km) OVER previous AS km_before, lagInFrame(lat, 1, lat) OVER previous AS lat_before, lagInFrame(lon, 1, lon) OVER previous AS lon_before,
                dateDiff('millisecond', lagInFrame(event_time, 1, event_time) OVER previous, event_time) / 1000 AS since_s,
                since_s > 0 AND since_s <= ${GAP_MAX_S} AS is_fast, geoDistance(lon_before, lat_before, lon, lat) / 1000 AS step,
                (lon - lon_before) * cos(radians(lat)) AS dx, lat - lat_before AS dy
              FROM telemetry WHERE ${where} AND speed_kmh >= ${FAST_KMH} AND isNotNull(odometer_km) AND isNotNull(latitude_deg) AND isNotNull(longitude_deg)
              WINDOW previous AS (PARTITION BY vin, day ORDER BY event_time ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
            ) WINDOW previous AS (PARTITION BY vin, day ORDER BY at ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
          )
        ) WINDOW so_far AS (PARTITION BY vin, day ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
      ) WHERE is_on GROUP BY vin, day, stretch
    ) GROUP BY vin, day HAVING countIf(gps >= ${STRETCH_MIN_KM}) > 0`,
};
