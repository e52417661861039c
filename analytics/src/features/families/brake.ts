import { type FeatureFamily, featureMapSql } from "../family.ts";

/** Speeds further apart than this hide what happened between them. */
const PULSE_GAP_MAX_S = 15;
/** Braking is judged only where it was watched for this long. */
const WATCHED_MIN_S = 600;
const KMH_PER_MS = 3.6;
/** A usual electric car with its load: relates the energy won back to the car's own kinetic energy. */
const MASS_KG = 1900;
/** Rolling resistance (0.01 of the weight) and half the air's density times drag area, of such a car: what stops it without any brake. */
const ROLLING_N = 186;
const AIR_N_S2_PER_M2 = 0.41;
/** From the wheels into the pack: what the pack gains is this share of what the motor took up. */
const REGENERATION = 0.85;

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
    frictionKj: {
      unit: "kJ",
      sentence:
        "Of the lost kinetic energy, what neither drag nor the motor took up: the friction brakes' part, never below 0 between two reports.",
    },
    brakedKm: { unit: "km", sentence: "Distance over which braking was watched." },
  },
  sql: ({ day, where }) => `
    SELECT vin, day, count() AS samples, ${featureMapSql({
      padFlPct: "median(fl)",
      padFrPct: "median(fr)",
      padRlPct: "median(rl)",
      padRrPct: "median(rr)",
      odometerKm: "max(km)",
      brakedKj: `if(sumIf(since_s, is_watched) >= ${WATCHED_MIN_S}, sumIf(lost_kj, is_braking AND lost_kj > 0), NULL)`,
      regainedKj: `if(sumIf(since_s, is_watched) >= ${WATCHED_MIN_S}, sumIf(-power_kw * since_s, is_braking AND power_kw < 0), NULL)`,
      frictionKj: `if(sumIf(since_s, is_watched) >= ${WATCHED_MIN_S} AND countIf(isNotNull(power_kw)) > 0, sumIf(greatest(lost_kj - drag_kj - greatest(-power_kw, 0) * since_s / ${REGENERATION}, 0), is_braking AND lost_kj > 0), NULL)`,
      brakedKm: `if(sumIf(since_s, is_watched) >= ${WATCHED_MIN_S}, sumIf(speed * since_s, is_watched) / 1000, NULL)`,
    })} AS features
    FROM (
      SELECT vin, ${day} AS day, brake_pad_fl_worn_pct AS fl, brake_pad_fr_worn_pct AS fr, brake_pad_rl_worn_pct AS rl,
        brake_pad_rr_worn_pct AS rr, odometer_km AS km, speed_kmh / ${KMH_PER_MS} AS speed, pack_voltage_v * pack_current_a / 1000 AS power_kw,
        lagInFrame(speed, 1, speed) OVER previous AS speed_before,
        dateDiff('millisecond', lagInFrame(event_time, 1, event_time) OVER previous, event_time) / 1000 AS since_s,
        ${MASS_KG} / 2000 * (pow(speed_before, 2) - pow(speed, 2)) AS lost_kj,
        (${ROLLING_N} + ${AIR_N_S2_PER_M2} * pow((speed + speed_before) / 2, 2)) * (speed + speed_before) / 2000 * since_s AS drag_kj,
        since_s > 0 AND since_s <= ${PULSE_GAP_MAX_S} AND ifNull(speed_before > 0.3, 0) AS is_watched, is_watched AND ifNull(brake_on, ifNull(brake_pct > 0, 0)) AS is_braking
      FROM telemetry WHERE ${where} AND (isNotNull(brake_pad_fl_worn_pct) OR isNotNull(brake_pad_rl_worn_pct) OR isNotNull(brake_on) OR isNotNull(brake_pct))
      WINDOW previous AS (PARTITION BY vin, day ORDER BY event_time ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
    ) GROUP BY vin, day`,
};
