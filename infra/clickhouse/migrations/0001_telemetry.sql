-- telemetry: one wide row per report, columns from the signal catalogue (infra/contracts/src/signals.ts).
-- Serves: rule scans over what just landed (by partition and offset), one vehicle's history (by vin and time),
-- daily feature roll-ups (by vin and day).
-- Ordering key: the day first, then the vehicle, so that a fleet's day is read as one piece however long the month has
-- become, and small granules, so that a vehicle's day is not read with its neighbours'. A reissued report has the event time
-- of its first copy and collapses with it; `part` keeps the parts of a split cell array apart.
-- Measured on 192,641 rows (120 vehicles, 12 days of one month), CPU ms for the cells of the fleet's last day / its scalars /
-- all of one vehicle's scalars / its cells / its latest row:
--   (vin, event_time)              granules of 8192: 134 /  - /  - /  - /  -
--   (vin, event_time)              granules of  512: 104 / 20 /  9 / 16 /  5
--   (toDate(event_time), vin, ...) granules of  512:  33 /  8 /  9 / 16 /  7   1 % more bytes
--   (toDate(event_time), vin, ...) granules of 1024:  35 /  8 /  9 / 21 /  -   8 % more bytes
-- (event_time, vin) was 14 times slower than (vin, event_time) for all of one vehicle.
--
-- Codecs, measured on 196,251 rows (two recorded cars of 96 and 88 cells, 100 simulated ones), kB per column:
--   column (example)          LZ4    ZSTD(1)  ZSTD(3)  Gorilla  Delta    FPC     chosen
--   cell_voltages_v         25370    18546    15638    38401    15249            ZSTD(3): reads at the speed of ZSTD(1),
--   probe_temps_c            1217      332      284      452      474                     Delta costs 13-40 % more to read
--   event_time                642      265      265                 8            Delta, ZSTD(1) (DoubleDelta: 10)
--   log_offset                858      392      313               122            Delta, ZSTD(1) (T64: 158)
--   pack_voltage_v            449      244      238      316      192    269     Delta, ZSTD(1)
--   pack_current_a            517      393      357      570      410    530     ZSTD(1)
--   speed_kmh                 205      138      131      423      135    221     ZSTD(1)
--   odometer_km, longitude_deg 604     322      258      367      117     92     FPC, ZSTD(1)
-- Summed over the columns, each loaded alone: 89 bytes per row instead of 160 with LZ4; similar mixes cost 0.8-1.1 µs more CPU a row. Per row, a cell array takes 27 bytes
-- (recorded cars) to 116 (simulated noise); Nullable inside it costs nothing: 30.1 bytes with and without under ZSTD(1).
CREATE TABLE IF NOT EXISTS telemetry
(
  vin                      LowCardinality(String) CODEC(ZSTD(1)),
  event_time               DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  part                     UInt16 CODEC(ZSTD(1)),
  received_time            DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  format                   LowCardinality(String) CODEC(ZSTD(1)),
  is_reissue               Bool CODEC(ZSTD(1)),
  log_topic                LowCardinality(String) CODEC(ZSTD(1)),
  log_partition            UInt16 CODEC(ZSTD(1)),
  log_offset               UInt64 CODEC(Delta(8), ZSTD(1)),
  vehicle_state              Nullable(Enum8('started' = 1, 'off' = 2, 'other' = 3)) CODEC(ZSTD(1)),
  charge_state               Nullable(Enum8('parked_charging' = 1, 'driving_charging' = 2, 'not_charging' = 3, 'complete' = 4)) CODEC(ZSTD(1)),
  run_mode                   Nullable(Enum8('electric' = 1, 'hybrid' = 2, 'fuel' = 3)) CODEC(ZSTD(1)),
  gear                       Nullable(Enum8('N' = 1, '1' = 2, '2' = 3, '3' = 4, '4' = 5, '5' = 6, '6' = 7, '7' = 8, '8' = 9, '9' = 10, '10' = 11, '11' = 12, '12' = 13, 'R' = 14, 'D' = 15, 'P' = 16)) CODEC(ZSTD(1)),
  speed_kmh                  Nullable(Float32) CODEC(ZSTD(1)),
  odometer_km                Nullable(Float64) CODEC(FPC, ZSTD(1)),
  pack_voltage_v             Nullable(Float32) CODEC(Delta(4), ZSTD(1)),
  pack_current_a             Nullable(Float32) CODEC(ZSTD(1)),
  soc_pct                    Nullable(Float32) CODEC(ZSTD(1)),
  dcdc_state                 Nullable(Enum8('working' = 1, 'disconnected' = 2)) CODEC(ZSTD(1)),
  insulation_kohm            Nullable(Float32) CODEC(ZSTD(1)),
  accelerator_pct            Nullable(Float32) CODEC(ZSTD(1)),
  brake_pct                  Nullable(Float32) CODEC(ZSTD(1)),
  brake_on                   Nullable(Bool) CODEC(ZSTD(1)),
  motor_controller_temps_c   Array(Nullable(Float32)) CODEC(ZSTD(3)),
  motor_temps_c              Array(Nullable(Float32)) CODEC(ZSTD(3)),
  motor_speeds_rpm           Array(Nullable(Float32)) CODEC(ZSTD(3)),
  motor_torques_nm           Array(Nullable(Float32)) CODEC(ZSTD(3)),
  longitude_deg              Nullable(Float64) CODEC(FPC, ZSTD(1)),
  latitude_deg               Nullable(Float64) CODEC(FPC, ZSTD(1)),
  cell_voltages_v            Array(Nullable(Float32)) CODEC(ZSTD(3)),
  cell_voltage_max_v         Nullable(Float32) CODEC(Delta(4), ZSTD(1)),
  cell_voltage_max_index     Nullable(UInt16) CODEC(ZSTD(1)),
  cell_voltage_min_v         Nullable(Float32) CODEC(Delta(4), ZSTD(1)),
  cell_voltage_min_index     Nullable(UInt16) CODEC(ZSTD(1)),
  probe_temps_c              Array(Nullable(Float32)) CODEC(ZSTD(3)),
  probe_temp_max_c           Nullable(Float32) CODEC(ZSTD(1)),
  probe_temp_max_index       Nullable(UInt16) CODEC(ZSTD(1)),
  probe_temp_min_c           Nullable(Float32) CODEC(ZSTD(1)),
  probe_temp_min_index       Nullable(UInt16) CODEC(ZSTD(1)),
  alarm_level                Nullable(UInt8) CODEC(ZSTD(1)),
  alarm_flags                Nullable(UInt32) CODEC(ZSTD(1)),
  fuel_cell_voltage_v        Nullable(Float32) CODEC(ZSTD(1)),
  fuel_cell_current_a        Nullable(Float32) CODEC(ZSTD(1)),
  hydrogen_temp_max_c        Nullable(Float32) CODEC(ZSTD(1)),
  hydrogen_pressure_max_kpa  Nullable(Float32) CODEC(ZSTD(1)),
  engine_speed_rpm           Nullable(Float32) CODEC(ZSTD(1)),
  aux_voltage_v              Nullable(Float32) CODEC(ZSTD(1)),
  aux_current_a              Nullable(Float32) CODEC(ZSTD(1)),
  ambient_temp_c             Nullable(Float32) CODEC(ZSTD(1)),
  coolant_temp_c             Nullable(Float32) CODEC(ZSTD(1)),
  charge_port_temp_c         Nullable(Float32) CODEC(ZSTD(1)),
  charge_power_kw            Nullable(Float32) CODEC(ZSTD(1)),
  tyre_pressure_fl_kpa       Nullable(Float32) CODEC(ZSTD(1)),
  tyre_pressure_fr_kpa       Nullable(Float32) CODEC(ZSTD(1)),
  tyre_pressure_rl_kpa       Nullable(Float32) CODEC(ZSTD(1)),
  tyre_pressure_rr_kpa       Nullable(Float32) CODEC(ZSTD(1)),
  brake_pad_fl_worn_pct      Nullable(Float32) CODEC(ZSTD(1)),
  brake_pad_fr_worn_pct      Nullable(Float32) CODEC(ZSTD(1)),
  brake_pad_rl_worn_pct      Nullable(Float32) CODEC(ZSTD(1)),
  brake_pad_rr_worn_pct      Nullable(Float32) CODEC(ZSTD(1)),
  soh_reported_pct           Nullable(Float32) CODEC(ZSTD(1)),
  capacity_reported_ah       Nullable(Float32) CODEC(ZSTD(1)),
  extra                    Map(LowCardinality(String), Float64) CODEC(ZSTD(1)),
  quality                  Array(LowCardinality(String)) CODEC(ZSTD(3)),
  INDEX log_offset_range log_offset TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(received_time)
PARTITION BY toYYYYMM(event_time)
ORDER BY (toDate(event_time), vin, event_time, part)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 512;
