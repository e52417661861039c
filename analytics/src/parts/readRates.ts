import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import { CODE_EPISODES_SQL } from "../codes/episodesSql.ts";
import { addDays, type Day, daysBetween } from "../engine/days.ts";
import type { RateSeries, RateWeek } from "./rateWatch.ts";

const eventRow = z.object({
  kind: z.enum(["finding", "code"]),
  family: z.string(),
  model: z.string(),
  region: z.string(),
  week: z.string(),
  events: z.number(),
});
const exposureRow = z.object({ model: z.string(), region: z.string(), week: z.string(), vehicles: z.number() });

const MASTER = "(SELECT vin, argMax(model, revision) AS model, argMax(region, revision) AS region FROM vehicles GROUP BY vin)";

/**
 * Beginnings of findings and of trouble-code episodes per model, region and week, and the vehicles that reported, up to and
 * including the week of `lastWeek` (a Monday). Findings that are only information and flags that have rules of their own are left out.
 */
export async function readRates(store: ColumnStore, lastWeek: Day, offsetMinutes: number): Promise<readonly RateSeries[]> {
  const params = { end: addDays(lastWeek, 7) };
  const local = (column: string) => `toDate(${column} + toIntervalMinute(${offsetMinutes}))`;
  const begun = `
    SELECT 'finding' AS kind, source_id AS family, vin, ${local("first_seen")} AS day FROM findings FINAL WHERE severity != 'info'
    UNION ALL
    SELECT 'code' AS kind, family, vin, ${local("event_time")} AS day FROM (${CODE_EPISODES_SQL})`;
  const [events, exposure] = await Promise.all([
    store.query(
      `SELECT kind, family, model, region, toMonday(day) AS week, count() AS events
       FROM (${begun}) AS begun LEFT ANY JOIN ${MASTER} AS master USING (vin) WHERE day < {end:Date} GROUP BY kind, family, model, region, week`,
      eventRow,
      { params },
    ),
    store.query(
      `SELECT model, region, toMonday(day) AS week, uniqExact(vin) AS vehicles
       FROM report_scores LEFT ANY JOIN ${MASTER} AS master USING (vin) WHERE day < {end:Date} GROUP BY model, region, week`,
      exposureRow,
      { params },
    ),
  ]);
  return seriesOf(events, exposure, lastWeek);
}

type EventRow = z.infer<typeof eventRow>;
type ExposureRow = z.infer<typeof exposureRow>;

/** One series per family and place, and one per family and model over all regions where there is more than one. */
function seriesOf(events: readonly EventRow[], exposure: readonly ExposureRow[], lastWeek: Day): readonly RateSeries[] {
  const regions = new Map<string, Set<string>>();
  for (const { model, region } of exposure) regions.set(model, (regions.get(model) ?? new Set()).add(region));
  const whole = <Row extends { readonly model: string; readonly region: string }>(rows: readonly Row[]) =>
    rows.filter(({ model, region }) => region !== "" || (regions.get(model)?.size ?? 0) > 1).map((row) => ({ ...row, region: "" }));
  const exposures = sums(
    [...exposure, ...whole(exposure)],
    (row) => `${row.model}\n${row.region}`,
    ({ vehicles }) => vehicles,
  );
  const counted = sums(
    [...events, ...whole(events)],
    (row) => [row.kind, row.family, row.model, row.region].join("\n"),
    ({ events: count }) => count,
  );
  return [...counted].flatMap(([key, byWeek]) => {
    const [kind = "", family = "", model = "", region = ""] = key.split("\n");
    const place = exposures.get(`${model}\n${region}`);
    if (place === undefined || (kind !== "finding" && kind !== "code")) return [];
    return [{ kind, family, model, region, weeks: weeksOf(byWeek, place, lastWeek) }];
  });
}

function sums<Row extends { readonly week: string }>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  amountOf: (row: Row) => number,
): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const all = new Map<string, Map<string, number>>();
  for (const row of rows) {
    const byWeek = all.get(keyOf(row)) ?? new Map<string, number>();
    byWeek.set(row.week, (byWeek.get(row.week) ?? 0) + amountOf(row));
    all.set(keyOf(row), byWeek);
  }
  return all;
}

/** Every week from the place's first report on: a week without an event is a week, and counts. */
function weeksOf(events: ReadonlyMap<string, number>, exposure: ReadonlyMap<string, number>, lastWeek: Day): readonly RateWeek[] {
  const first = [...exposure.keys()].sort()[0] ?? lastWeek;
  return Array.from({ length: daysBetween(first, lastWeek) / 7 + 1 }, (_, i) => {
    const week = addDays(first, 7 * i);
    return { week, events: events.get(week) ?? 0, vehicleWeeks: exposure.get(week) ?? 0 };
  });
}
