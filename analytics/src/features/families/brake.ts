import { type FeatureFamily, featureMapSql } from "../family.ts";

/** Speeds further apart than this hide what happened between them. */
const PULSE_GAP_MAX_S = 15;
/** Braking is judged only where it was watched for this long. */
const WATCHED_MIN_S = 600;
const KMH_PER_MS = 3.6;
/** A usual electric car with its load: relates the energy won back to the car's own kinetic energy. */
const MASS_KG = 1900;

/** Brake pads of a day as their sensors see them, and how much of the braking the motor did. */
export const brakeFamily: FeatureFamily = {
  id: "brake",
  features: {
    padFlPct: { unit: "%", sentence: "Median wear of the front left pad." },
    padFrPct: { unit: "%", sentence: "Median wear of the front right pad." },
    padRlPct: { unit: "%", sentence: "Median wear of the rear left pad." },
    padRrPct: { unit: "%", sentence: "Median wear of the rear right pad." },
    odometerKm: { unit: "km", sentence: "The day's last odometer reading." },
    brakedKj: { unit: "kJ", sentence: "Kinetic energy lost while braking, between reports at most 15 s apart, of a car of 1,900 kg." },
    regainedKj: { unit: "kJ", sentence: "Energy put back into the pack in the same time." },
    brakedKm: { unit: "km", sentence: "Distance over which braking was watched." },
  },
  sql: ({ day, where }) => `
    SELECT vin, day, count() AS samples, ${featureMapSql({
      padFlPct: "median(fl)",
      padFrPct: "median(fr)",
      padRlPct: "median(rl)",
      padRrPct: "median(rr)",
      odometerKm: "max(km)",
      brakedKj: `if(sumIf(since_s, is_watched) >= ${WATCHED_MIN_S}, sumIf(${MASS_KG} / 2000 * (pow(speed_before, 2) - pow(speed, 2)), is_braking AND speed < speed_before), NULL)`,
      regainedKj: `if(sumIf(since_s, is_watched) >= ${WATCHED_MIN_S}, sumIf(-power_kw * since_s, is_braking AND power_kw < 0), NULL)`,
      brakedKm: `if(sumIf(since_s, is_watched) >= ${WATCHED_MIN_S}, sumIf(speed * since_s, is_watched) / 1000, NULL)`,
    })} AS features
    FROM (
      SELECT vin, ${day} AS day, brake_pad_fl_worn_pct AS fl, brake_pad_fr_worn_pct AS fr, brake_pad_rl_worn_pct AS rl,
        brake_pad_rr_worn_pct AS rr, odometer_km AS km, speed_kmh / ${KMH_PER_MS} AS speed, pack_voltage_v * pack_current_a / 1000 AS power_kw,
        lagInFrame(speed, 1, speed) OVER previous AS speed_before,
        dateDiff('millisecond', lagInFrame(event_time, 1, event_time) OVER previous, event_time) / 1000 AS since_s,
        since_s > 0 AND since_s <= ${PULSE_GAP_MAX_S} AND ifNull(speed_before > 0.3, 0) AS is_watched, is_watched AND ifNull(brake_on, 0) AS is_braking
      FROM telemetry WHERE ${where} AND part = 0 AND (isNotNull(brake_pad_fl_worn_pct) OR isNotNull(brake_pad_rl_worn_pct) OR isNotNull(brake_on))
      WINDOW previous AS (PARTITION BY vin, day ORDER BY event_time ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
    ) GROUP BY vin, day`,
};
