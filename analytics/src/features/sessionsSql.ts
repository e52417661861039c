/** Charging rows further apart than this belong to two sessions (methods 1.1: split at 5 min, merge below 10). */
export const SESSION_GAP_S = 600;
/** A session is written once the vehicle's closed days reach this far past its last row. */
export const SESSION_SETTLE_MS = SESSION_GAP_S * 1000;
/** How far before the first closing day a session may have begun. */
export const SESSION_LOOKBACK_MS = 36 * 3_600_000;
/** Mean power from which a charge counts as DC; on-board chargers reach 22 kW. */
const DC_FROM_KW = 25;

/**
 * Fills `charging_sessions` with the sessions of `vins` that ended in [`since`, `to` - settle time). Event times are read
 * from `from` on, so that a charge over midnight is whole. Current here is positive into the pack.
 * Tick cut (methods 1.2): charge between the first row of the first SOC increment and the first row of the last one.
 */
export function sessionsSql(rowFilter: string): string {
  return `
    INSERT INTO charging_sessions (vin, started_at, ended_at, soc_start_pct, soc_end_pct, tick_soc_pct, tick_charge_ah, tick_socs, tick_ahs, tick_pack_v, charge_ah,
      energy_kwh, max_gap_s, samples, current_mean_a, temp_mean_c, is_dc, computed_at)
    SELECT vin, min(t), max(t) AS end, argMin(soc, t), argMax(soc, t),
      if(countIf(is_tick) < 2, 0, maxIf(soc, is_tick) - minIf(soc, is_tick)) AS tick_soc,
      if(tick_soc <= 0, 0, maxIf(q, is_tick) - minIf(q, is_tick)), 
      (arraySort(groupArrayIf((soc, q, ifNull(u, 0)), is_tick)) AS ticks).1, arrayMap(x -> x - ticks.2[1], ticks.2), ticks.3,
      max(q) - min(q), max(e) - min(e), maxIf(dt, NOT is_break), count(), avg(i), avg(temp),
      avg(i * u) / 1000 >= ${DC_FROM_KW}, {now:DateTime64(3)}
    FROM (
      SELECT *, sum(is_break) OVER w AS session, sum(step_ah) OVER w AS q, sum(step_kwh) OVER w AS e
      FROM (
        SELECT *, previous_t = toDateTime64(0, 3, 'UTC') OR dt > ${SESSION_GAP_S} OR soc < previous_soc - 1 AS is_break,
          NOT is_break AND soc > previous_soc AS is_tick,
          if(is_break, 0, (i + previous_i) / 2 * dt / 3600) AS step_ah,
          step_ah * ifNull(u, 0) / 1000 AS step_kwh
        FROM (
          SELECT vin, event_time AS t, toFloat64(-assumeNotNull(pack_current_a)) AS i, assumeNotNull(soc_pct) AS soc, pack_voltage_v AS u,
            (probe_temp_max_c + probe_temp_min_c) / 2 AS temp,
            lagInFrame(t, 1, toDateTime64(0, 3, 'UTC')) OVER r AS previous_t,
            lagInFrame(i, 1, 0) OVER r AS previous_i, lagInFrame(soc, 1, 0) OVER r AS previous_soc,
            (toUnixTimestamp64Milli(t) - toUnixTimestamp64Milli(previous_t)) / 1000 AS dt
          FROM telemetry
          WHERE vin IN {vins:Array(String)}
            AND event_time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND event_time < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
            AND ${rowFilter} AND isNotNull(pack_current_a) AND isNotNull(soc_pct)
            AND (charge_state = 'parked_charging' OR isNull(charge_state) AND pack_current_a < -2 AND ifNull(speed_kmh, 0) = 0)
          WINDOW r AS (PARTITION BY vin ORDER BY event_time ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
        )
      )
      WINDOW w AS (PARTITION BY vin ORDER BY t ROWS UNBOUNDED PRECEDING)
    )
    GROUP BY vin, session
    HAVING end >= fromUnixTimestamp64Milli({since:Int64} - ${SESSION_SETTLE_MS}, 'UTC')
      AND end < fromUnixTimestamp64Milli({to:Int64} - ${SESSION_SETTLE_MS}, 'UTC')
      AND count() >= 3`;
}
