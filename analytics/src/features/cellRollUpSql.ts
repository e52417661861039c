import { NOT_SPLIT_SQL } from "./family.ts";
import { isAmongSql, type VehicleDay } from "./vehicleDays.ts";

/**
 * Fills `cell_daily` for the vehicle-days bound as `vins` and `days`; `from` and `to` bound the event time.
 * The definition is in `cellDaily.ts`. What makes it fast (16,000 rows of 96 cells): no arrays of Nullable inside (missing
 * travels as 0), masks only for rows that miss something, and no lambda that captures an array (ClickHouse copies a
 * captured array once per element).
 *
 * Two simplifications for cells that miss some readings of the day, none for complete ones: the resistance of a cell with
 * fewer than 90 % of the rows is NULL, otherwise it uses the current of all rows; a missing reading counts as deviation 0
 * in the minimum.
 */
export function cellRollUpSql(offsetMinutes: number, rowFilter: string, days: readonly VehicleDay[]): string {
  return `
    INSERT INTO cell_daily (vin, day, load, samples, cells, deviation_mean_v, deviation_sd_v, deviation_min_v, excess_resistance_ohm,
      lowest, usable, implausible, stuck, current_mean_a, current_sd_a, soc_mean_pct, computed_at)
    SELECT vin, day, load, rows, n,
      arrayMap((k, s) -> if(k = 0, NULL, s / k), ok_n, d1) AS mean,
      arrayMap((k, m, s) -> if(k < 2, NULL, sqrt(greatest(0, s / k - m * m))), ok_n, mean, d2),
      arrayMap((k, s) -> if(k = 0, NULL, s), ok_n, d_min),
      arrayMap((k, m, s) -> if(k < 2 OR k < 0.9 * rows OR i_var < 1, NULL, -(s / k - i_mean * m) / i_var), ok_n, mean, di),
      arrayMap(c -> low_n.2[indexOf(low_n.1, c)], range(1, n + 1)),
      ok_n, arrayResize(bad_n, n, 0), arrayMap((k, a, b) -> a = b AND (k >= 200 AND moved >= 0.02 OR k >= 50 AND moved >= 0.1), ok_n, v_min, v_max),
      i_mean, if(rows < 2, NULL, sqrt(i_var)), soc_mean, {now:DateTime64(3)}
    FROM (
      SELECT *, arrayMap(m -> rows - m, arrayResize(missing_n, n, 0)) AS ok_n, max(tuple(rows_of_n, n)) OVER (PARTITION BY vin, day) AS most
      FROM (SELECT *, sum(rows) OVER (PARTITION BY vin, day, n) AS rows_of_n FROM (${sumsSql(deviationsSql(offsetMinutes, rowFilter, days))}))
    )
    WHERE tuple(rows_of_n, n) = most`;
}

/** One line per vehicle, day, load state and cell count: sums over its rows, cell by cell. */
function sumsSql(deviations: string): string {
  return `
    SELECT vin, day, load, n, count() AS rows, avg(i) AS i_mean, varPop(i) AS i_var, avg(soc) AS soc_mean,
      sumForEach(missing) AS missing_n, sumForEach(bad) AS bad_n, sumForEach(d) AS d1, sumForEach(arrayMap(x -> x * x, d)) AS d2,
      sumForEach(arrayMap(x -> x * i, d)) AS di, minForEach(d) AS d_min, minForEach(p) AS v_min, maxForEach(p) AS v_max,
      max(median) - min(median) AS moved, sumMap([toUInt16(low)], [toUInt32(1)]) AS low_n
    FROM (${deviations}) GROUP BY vin, day, load, n`;
}

/** One line per usable telemetry row: each cell's deviation from the median of the row, V. */
function deviationsSql(offsetMinutes: number, rowFilter: string, days: readonly VehicleDay[]): string {
  const day = `toDate(event_time + toIntervalMinute(${offsetMinutes}))`;
  const rows = `
    SELECT vin, ${day} AS day, assumeNotNull(pack_current_a) AS i, soc_pct AS soc,
      multiIf(charge_state = 'parked_charging', 2, isNull(charge_state) AND i < -3 AND speed_kmh = 0, 2, abs(i) <= 3, 1, 3) AS load,
      length(cell_voltages_v) AS n, arrayMap(x -> ifNull(x, 0), cell_voltages_v) AS raw,
      arrayExists(q -> position(q, 'cellVoltagesV') > 0 OR position(q, 'cell_voltages_v') > 0, quality) AS has_marks
    FROM telemetry
    WHERE event_time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND event_time < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
      AND vin IN {vins:Array(String)} AND ${isAmongSql(days, day)} AND ${rowFilter}
      AND ${NOT_SPLIT_SQL} AND isNotNull(pack_current_a) AND length(cell_voltages_v) >= 2`;
  const plausible = `
    SELECT *, arrayMap(x -> if(x >= 1.5 AND x <= 4.5, x, 0), raw) AS p, arraySort(p) AS sorted, n - countEqual(p, 0) AS k,
      if(k = n, emptyArrayUInt8(), arrayMap(x -> x = 0, p)) AS missing,
      if(k = n, emptyArrayUInt8(), arrayMap(x -> has_marks AND x = 0 OR x > 0 AND NOT (x >= 1.5 AND x <= 4.5), raw)) AS bad
    FROM (${rows})`;
  const whole = `
    SELECT vin, day, load, n, i, soc, p, k, missing, bad,
      toFloat32((sorted[n - k + intDiv(k + 1, 2)] + sorted[n - k + intDiv(k, 2) + 1]) / 2) AS median, indexOf(p, sorted[n - k + 1]) AS low
    FROM (${plausible}) WHERE k >= 0.5 * n AND arraySum(bad) <= 0.05 * n`;
  return `
    SELECT vin, day, load, n, i, soc, p, missing, bad, median, low,
      if(k = n, arrayMap(x -> x - median, p), arrayMap(x -> if(x > 0, x - median, 0), p)) AS d
    FROM (${whole})`;
}
