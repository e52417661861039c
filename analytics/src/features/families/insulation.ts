import { type FeatureFamily, featureMapSql } from "../family.ts";

/** Capacitors to the body charge in this time after power-up; readings before are no insulation resistance (methods 2.5). */
const SETTLE_S = 120;
/** Silence longer than this means that the car was off in between. */
const BREAK_S = 300;

/** Insulation between the high-voltage circuit and the body, related to the day's highest pack voltage. */
export const insulationFamily: FeatureFamily = {
  id: "insulation",
  features: {
    medianKohm: { unit: "kΩ", sentence: "Median of the settled readings." },
    p10Kohm: { unit: "kΩ", sentence: "Their tenth percentile." },
    maxKohm: { unit: "kΩ", sentence: "Their highest, which is the maker's cap where readings saturate." },
    atMaxShare: { unit: "", sentence: "Share of settled readings equal to the day's highest." },
    p10OhmPerV: { unit: "Ω/V", sentence: "Tenth percentile by the day's highest pack voltage." },
    medianOhmPerV: { unit: "Ω/V", sentence: "Median by the day's highest pack voltage." },
    drivingKohm: { unit: "kΩ", sentence: "Median while driving." },
    chargingKohm: { unit: "kΩ", sentence: "Median while charging; lower than driving points to charger or port." },
  },
  sql: ({ day, where }) => `
    SELECT vin, day, length(all) AS samples, ${featureMapSql({
      medianKohm: "middle",
      p10Kohm: "low",
      maxKohm: "highest",
      atMaxShare: "countEqual(all, highest) / length(all)",
      p10OhmPerV: "1000 * low / volts",
      medianOhmPerV: "1000 * middle / volts",
      drivingKohm: "if(driving_rows < 5, NULL, driving)",
      chargingKohm: "if(charging_rows < 5, NULL, charging)",
    })} AS features
    FROM (
      SELECT vin, day, groupArray(kohm) AS all, max(kohm) AS highest, quantileExact(0.1)(kohm) AS low, quantileExact(0.5)(kohm) AS middle,
        max(u) AS volts, countIf(is_driving) AS driving_rows, quantileExactIf(0.5)(kohm, is_driving) AS driving,
        countIf(is_charging) AS charging_rows, quantileExactIf(0.5)(kohm, is_charging) AS charging
      FROM (
        SELECT *, max(woke_s) OVER (PARTITION BY vin, day ORDER BY at_s ROWS UNBOUNDED PRECEDING) AS awake_since_s
        FROM (
          SELECT vin, ${day} AS day, toUnixTimestamp64Milli(event_time) / 1000 AS at_s, toFloat64(assumeNotNull(insulation_kohm)) AS kohm,
            toFloat64(assumeNotNull(pack_voltage_v)) AS u, ifNull(speed_kmh > 1, 0) AS is_driving,
            ifNull(charge_state = 'parked_charging', 0) AS is_charging,
            if(at_s - lagInFrame(at_s, 1, 0) OVER (PARTITION BY vin, day ORDER BY event_time ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) > ${BREAK_S},
              at_s, 0) AS woke_s
          FROM telemetry WHERE ${where} AND insulation_kohm > 0 AND pack_voltage_v >= 60
        )
      )
      WHERE at_s - awake_since_s >= ${SETTLE_S}
      GROUP BY vin, day
    )`,
};
