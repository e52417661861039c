import { type FeatureFamily, featureMapSql } from "../family.ts";
import { PACK_TEMP_SQL } from "./packTemperature.ts";

/** Reports further apart than this leave a hole: distance, or charge, in it was not seen (methods 0.2). */
const DRIVING_GAP_S = 120;
const CHARGING_GAP_S = 300;
const LONG_GAP_S = 900;

/** How much of the day was seen, by which clock, and the numbers that betray a wrong unit (methods 0.2). */
export const qualityFamily: FeatureFamily = {
  id: "quality",
  features: {
    intervalS: { unit: "s", sentence: "Median time between neighbouring reports of one stretch." },
    distanceKm: { unit: "km", sentence: "Odometer's gain over the day." },
    distanceSeenKm: { unit: "km", sentence: "Of it, what reports at most 120 s apart saw." },
    chargePct: { unit: "%", sentence: "Sum of all rises of the state of charge, seen or not." },
    chargeSeenPct: { unit: "%", sentence: "Of it, what reports at most 300 s apart saw." },
    clockAheadS: { unit: "s", sentence: "How far event times lie after their receipt, median; only a clock that is ahead shows." },
    odometerBySpeed: {
      unit: "",
      sentence: "Distance by the odometer over distance by the speed; 0.62 or 1.61 is a mix of miles and kilometres.",
    },
    packTempMedianC: { unit: "°C", sentence: "Median pack temperature." },
    ambientMedianC: { unit: "°C", sentence: "Median outside temperature." },
    coolantMedianC: { unit: "°C", sentence: "Median coolant temperature." },
    tyreMedianKpa: { unit: "kPa", sentence: "Median tyre pressure over all wheels." },
    auxMedianV: { unit: "V", sentence: "Median voltage of the low-voltage battery." },
    cellMedianV: { unit: "V", sentence: "Median cell voltage, from pack voltage by number of cells." },
    bmsSoftware: {
      unit: "",
      sentence: "Version of the battery management's software where the car sends it (extra bms_software_version), the day's last.",
    },
  },
  sql: ({ day, where }) => `
    SELECT vin, day, count() AS samples, ${featureMapSql({
      intervalS: `if(countIf(dt > 0 AND dt < ${LONG_GAP_S}) = 0, NULL, quantileExactIf(0.5)(dt, dt > 0 AND dt < ${LONG_GAP_S}))`,
      distanceKm: "if(max(km) > min(km), max(km) - min(km), NULL)",
      distanceSeenKm: `if(max(km) > min(km), sumIf(dkm, dt <= ${DRIVING_GAP_S} AND dkm > 0), NULL)`,
      chargePct: "if(countIf(isNotNull(dsoc)) = 0, NULL, sumIf(dsoc, is_charging AND dsoc > 0 OR dsoc >= 5))",
      chargeSeenPct: `if(countIf(isNotNull(dsoc)) = 0, NULL, sumIf(dsoc, is_charging AND dsoc > 0 AND dt <= ${CHARGING_GAP_S}))`,
      clockAheadS: "nullIf(greatest(0, quantileExact(0.5)(ahead_s)), 0)",
      odometerBySpeed: "if(sumIf(dkm, is_way) < 10, NULL, sumIf(dkm, is_way) / nullIf(sumIf(way_km, is_way), 0))",
      packTempMedianC: "quantileExact(0.5)(temp)",
      ambientMedianC: "quantileExact(0.5)(ambient)",
      coolantMedianC: "quantileExact(0.5)(coolant)",
      tyreMedianKpa: "quantileExactArray(0.5)(tyres)",
      auxMedianV: "quantileExact(0.5)(aux)",
      cellMedianV: "quantileExact(0.5)(cell_v)",
      bmsSoftware: "nullIf(argMaxIf(bms, t, bms != 0), 0)",
    })} AS features
    FROM (
      SELECT *, dateDiff('millisecond', lagInFrame(t, 1, t) OVER w, t) / 1000 AS dt, km - lagInFrame(km, 1, km) OVER w AS dkm,
        soc - lagInFrame(soc, 1, soc) OVER w AS dsoc, (speed + lagInFrame(speed, 1, speed) OVER w) / 2 * dt / 3600 AS way_km,
        dt > 0 AND dt <= ${DRIVING_GAP_S} AND dkm >= 0 AND speed > 0 AS is_way
      FROM (
        SELECT vin, ${day} AS day, event_time AS t, odometer_km AS km, toFloat64(soc_pct) AS soc, toFloat64(speed_kmh) AS speed,
          ifNull(charge_state = 'parked_charging', 0) AS is_charging, ${PACK_TEMP_SQL} AS temp, toFloat64(ambient_temp_c) AS ambient,
          toFloat64(coolant_temp_c) AS coolant, toFloat64(aux_voltage_v) AS aux,
          if(length(cell_voltages_v) > 0, toFloat64(pack_voltage_v) / length(cell_voltages_v), NULL) AS cell_v,
          arrayMap(x -> toFloat64(assumeNotNull(x)), arrayFilter(x -> isNotNull(x),
            [tyre_pressure_fl_kpa, tyre_pressure_fr_kpa, tyre_pressure_rl_kpa, tyre_pressure_rr_kpa])) AS tyres,
          dateDiff('millisecond', received_time, event_time) / 1000 AS ahead_s, extra['bms_software_version'] AS bms
        FROM telemetry WHERE ${where}
      )
      WINDOW w AS (PARTITION BY vin, day ORDER BY t ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
    ) GROUP BY vin, day`,
};
