/** Silence after which a code's next report begins a new episode (methods 5.1). */
const EPISODE_GAP_H = 24;

/**
 * SQL of the beginnings of trouble-code episodes: `vin`, `family` (`system:code`), `event_time`. Alarm flags of GB/T 32960 have
 * rules of their own and are left out.
 */
export const CODE_EPISODES_SQL = `
  SELECT vin, concat(system, ':', code) AS family, event_time FROM (
    SELECT vin, system, code, event_time, lagInFrame(event_time, 1, toDateTime64(0, 3, 'UTC')) OVER (
      PARTITION BY vin, system, code ORDER BY event_time ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS before
    FROM dtc_events WHERE NOT startsWith(system, 'gbt_')
  ) WHERE dateDiff('hour', before, event_time) >= ${EPISODE_GAP_H}`;
