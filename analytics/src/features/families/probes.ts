import { type FeatureFamily, featureMapSql } from "../family.ts";
import { PACK_TEMP_SQL } from "./packTemperature.ts";

const LOADED_A = 20;
const IDLE_A = 5;
const ROWS_MIN = 10;
/** Reports further apart than this tell nothing of the heat in between. */
const GAP_MAX_S = 180;
/** Above it cooling runs, below it the heater: no statement about heat from current. */
const QUIET_C = [12, 29] as const;
/** Charge squared that warms a pack by more than the probes' step. */
const HEAT_MIN_KA2H = 3;
/** Reports over which the current squared is averaged: heat comes and goes with a delay. */
const HEAT_ROWS = 5;
/** Least rows, and spread of the current squared, (100 A)², from which a probe's warming per current squared is told. */
const SLOPE_ROWS_MIN = 60;
const SLOPE_SPREAD_MIN = 0.03;
const STUCK_ROWS = 60;
const STUCK_RANGE_C = 6;

/** The pack's temperature probes against one another, and how much the pack warms for the current it takes (methods 2.4). */
export const probesFamily: FeatureFamily = {
  id: "probes",
  features: {
    packTempMeanC: { unit: "°C", sentence: "Mean of the pack's median probe." },
    packTempMaxC: { unit: "°C", sentence: "Highest median probe of the day." },
    hotProbe: { unit: "", sentence: "Number of the probe that is warmest against the median while current flows." },
    hotProbeLoadC: { unit: "°C", sentence: "Its mean excess over the median while current flows (20 A or more)." },
    hotProbeIdleC: { unit: "°C", sentence: "Its mean excess over the median with hardly any current." },
    warmProbe: { unit: "", sentence: "Number of the probe that warms most against the median with the current squared." },
    warmKPer100A: { unit: "°C", sentence: "By how much, at 100 A." },
    coldProbe: { unit: "", sentence: "Number of the probe that is coldest against the median." },
    coldProbeC: { unit: "°C", sentence: "Its mean distance from the median, negative." },
    stuckProbe: { unit: "", sentence: "Number of a probe that did not move while the pack warmed or cooled by 6 °C." },
    brokenProbe: { unit: "", sentence: "Number of a probe that reported -40, -39 or more than 150 °C in most reports." },
    heatKPerKa2h: { unit: "K/kA²h", sentence: "Rise of temperature by current squared and time while charging between 12 and 29 °C." },
    heatKa2h: { unit: "kA²h", sentence: "Current squared times time of that." },
  },
  sql: ({ day, where }) => `
    SELECT vin, day, count() AS samples,
      countIf(is_loaded AND notEmpty(d)) AS loaded_rows, countIf(is_idle AND notEmpty(d)) AS idle_rows, countIf(notEmpty(d)) AS probe_rows,
      arrayMap(x -> x / loaded_rows, sumForEachIf(d, is_loaded)) AS at_load, arrayMap(x -> x / idle_rows, sumForEachIf(d, is_idle)) AS at_idle,
      arrayMap(x -> x / probe_rows, sumForEach(d)) AS on_average,
      sum(x) AS sx, sum(x * x) - sx * sx / probe_rows AS sxx, sqrt(greatest(0, sxx) / probe_rows) AS x_spread,
      arrayMap((dx, mean) -> (dx - mean * sx) / sxx, sumForEach(arrayMap(v -> v * x, d)), on_average) AS slopes,
      if(probe_rows < ${SLOPE_ROWS_MIN} OR x_spread < ${SLOPE_SPREAD_MIN} OR empty(slopes), 0, indexOf(slopes, arrayMax(slopes))) AS warm,
      if(loaded_rows < ${ROWS_MIN} OR empty(at_load), 0, indexOf(at_load, arrayMax(at_load))) AS hot,
      if(probe_rows < ${ROWS_MIN} OR empty(on_average), 0, indexOf(on_average, arrayMin(on_average))) AS cold,
      arrayMap((a, b) -> a = b, minForEach(p), maxForEach(p)) AS is_still, max(temp) - min(temp) AS range,
      sumForEach(broken) AS broken_rows,
      ${featureMapSql({
        packTempMeanC: "avg(temp)",
        packTempMaxC: "max(temp)",
        hotProbe: "nullIf(hot, 0)",
        hotProbeLoadC: "if(hot = 0, NULL, at_load[hot])",
        hotProbeIdleC: `if(hot = 0 OR idle_rows < ${ROWS_MIN}, NULL, at_idle[hot])`,
        warmProbe: "nullIf(warm, 0)",
        warmKPer100A: "if(warm = 0, NULL, slopes[warm])",
        coldProbe: "nullIf(cold, 0)",
        coldProbeC: "if(cold = 0, NULL, on_average[cold])",
        stuckProbe: `if(probe_rows < ${STUCK_ROWS} OR range < ${STUCK_RANGE_C}, NULL, nullIf(indexOf(is_still, 1), 0))`,
        brokenProbe: "nullIf(arrayFirstIndex(n -> n > probe_rows / 2, broken_rows), 0)",
        heatKPerKa2h: `if(sumIf(i2h, is_heating) < ${HEAT_MIN_KA2H}, NULL, sumIf(rise, is_heating) / sumIf(i2h, is_heating))`,
        heatKa2h: "sumIf(i2h, is_heating)",
      })} AS features
    FROM (
      SELECT *, dateDiff('millisecond', lagInFrame(t, 1, t) OVER w, t) / 1000 AS dt, temp - lagInFrame(temp, 1, temp) OVER w AS rise,
        i * i * dt / 3600000 AS i2h, avg(i * i) OVER (PARTITION BY vin, day ORDER BY t ROWS BETWEEN ${HEAT_ROWS - 1} PRECEDING AND CURRENT ROW) / 10000 AS x, abs(i) >= ${LOADED_A} AS is_loaded, abs(i) <= ${IDLE_A} AS is_idle,
        is_charging AND lagInFrame(is_charging, 1, 0) OVER w AND dt > 0 AND dt <= ${GAP_MAX_S} AND temp BETWEEN ${QUIET_C[0]} AND ${QUIET_C[1]} AS is_heating,
        arrayMap(x -> if(x > -39 AND x < 150, x - temp, 0), p) AS d, arrayMap(x -> x <= -39 OR x >= 150, p) AS broken
      FROM (
        SELECT vin, ${day} AS day, event_time AS t, toFloat64(assumeNotNull(pack_current_a)) AS i, assumeNotNull(${PACK_TEMP_SQL}) AS temp,
          arrayMap(x -> toFloat64(ifNull(x, -40)), probe_temps_c) AS p, ifNull(charge_state = 'parked_charging', 0) AS is_charging
        FROM telemetry WHERE ${where} AND isNotNull(pack_current_a) AND isNotNull(${PACK_TEMP_SQL})
      )
      WINDOW w AS (PARTITION BY vin, day ORDER BY t ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
    ) GROUP BY vin, day`,
};
