import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import type { Day } from "../engine/days.ts";

/** Lowest temperature to expect in a region from a day to another, both included (table `cold_forecasts`). */
export interface ColdForecast {
  readonly region: string;
  readonly fromDay: Day;
  readonly untilDay: Day;
  readonly minC: number;
}

const forecastRow = z.object({ region: z.string(), fromDay: z.string(), untilDay: z.string(), minC: z.number() });

/** Every forecast: a handful per region and season, or a few thousand from a weather service. */
export function readColdForecasts(store: ColumnStore): Promise<readonly ColdForecast[]> {
  // FINAL: a later revision of a forecast replaces it; the table is small.
  return store.query(
    "SELECT region, from_day AS fromDay, until_day AS untilDay, min_c AS minC FROM cold_forecasts FINAL ORDER BY region, from_day, until_day",
    forecastRow,
  );
}

/** The coldest of the forecasts that hold on a day in a region; null where there is none. */
export function coldOn(forecasts: readonly ColdForecast[], region: string, day: Day): number | null {
  const holding = forecasts.filter((one) => one.region === region && one.fromDay <= day && day <= one.untilDay);
  return holding.length === 0 ? null : Math.min(...holding.map(({ minC }) => minC));
}
