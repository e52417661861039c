import { FRAGMENT_PART_MIN } from "@bellwether/contracts/sample";
import { isAmongSql, type VehicleDay } from "./vehicleDays.ts";

/** Whole reports, and fragments: what a gateway that sends signal by signal says of a moment. */
export const NOT_SPLIT_SQL = `(part = 0 OR part >= ${FRAGMENT_PART_MIN})`;

/** A feature's unit and what it says, for documentation and exports. */
export interface FeatureDefinition {
  readonly unit: string;
  readonly sentence: string;
}

/** What a family's SQL is given: how a row's day is named, and which rows belong to the days being computed. */
export interface DayRows {
  /** SQL of the day of a telemetry row. */
  readonly day: string;
  /** SQL of the seconds since that day began. */
  readonly secondOfDay: string;
  /** SQL condition over `telemetry`: the rows of the days being computed, without the parts of split cell arrays. */
  readonly where: string;
  /** The same for `dtc_events`, whose oldest rows carry no log offset. */
  readonly whereOfCodes: string;
}

/** Numbers computed per vehicle and day from its telemetry. A new family is one file and one line in `families.ts`. */
export interface FeatureFamily {
  readonly id: string;
  readonly features: Readonly<Record<string, FeatureDefinition>>;
  /** SELECT of `vin`, `day`, `samples` and `features` (see `featureMapSql`); vehicle-days without any of the signals give no row. */
  sql(rows: DayRows): string;
}

/** A family's numbers of one day; a feature that is not known is absent. */
export interface DayFeatures {
  readonly day: string;
  readonly samples: number;
  readonly values: Readonly<Record<string, number>>;
}

/** SQL of the map of features from a SQL expression each; NULL and NaN leave the feature out. */
export function featureMapSql(expressions: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(expressions).map(([name, sql]) => `'${name}', ifNull(toFloat64(${sql}), nan)`);
  return `mapFilter((name, value) -> NOT isNaN(value), map(${pairs.join(", ")}))`;
}

/** The rows of the vehicle-days bound as `vins`, `days`, `from` and `to`. */
export function dayRows(offsetMinutes: number, rowFilter: string, days: readonly VehicleDay[]): DayRows {
  const day = `toDate(event_time + toIntervalMinute(${offsetMinutes}))`;
  const secondOfDay = `(toUnixTimestamp64Milli(event_time) + ${offsetMinutes * 60_000}) % 86400000 / 1000`;
  const inDays = `event_time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
    AND event_time < fromUnixTimestamp64Milli({to:Int64}, 'UTC') AND vin IN {vins:Array(String)} AND ${isAmongSql(days, day)}`;
  return {
    day,
    secondOfDay,
    where: `${inDays} AND ${rowFilter} AND ${NOT_SPLIT_SQL}`,
    whereOfCodes: `${inDays} AND (log_topic = '' OR ${rowFilter})`,
  };
}

/** Fills `daily_features` with the families' numbers of the bound vehicle-days. */
export function familiesInsertSql(families: readonly FeatureFamily[], rows: DayRows): string {
  const each = families.map(
    (family) => `SELECT vin, day, '${family.id}' AS family, samples, CAST(features, 'Map(LowCardinality(String), Float64)') AS features
    FROM (${family.sql(rows)}) WHERE notEmpty(features)`,
  );
  return `INSERT INTO daily_features (vin, day, family, samples, features, computed_at)
    SELECT vin, day, family, samples, features, {now:DateTime64(3)} FROM (${each.join("\nUNION ALL\n")})`;
}
