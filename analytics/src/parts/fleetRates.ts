import type { ColumnStore } from "@bellwether/clickhouse/store";
import { mean } from "simple-statistics";
import { z } from "zod";
import type { Catalogue } from "../catalogue.ts";
import type { Day } from "../engine/days.ts";
import { insertIdempotent } from "../engine/state.ts";
import { type CodePart, partsOf, readCodeParts } from "./codeParts.ts";
import { type RateSeries, type RateState, watchRate } from "./rateWatch.ts";
import { readRates } from "./readRates.ts";

export interface RatesScope {
  readonly store: ColumnStore;
  readonly catalogue: Catalogue;
  readonly offsetMinutes: number;
  readonly leadWeeks: number;
  readonly nowMs: number;
}

const verdictRow = z.object({ source_id: z.string(), confirmed: z.number(), verdicts: z.number() });
/** Half of the events need the part until workshops have said otherwise; worth two verdicts. */
const SHARE_PRIOR = { share: 0.5, verdicts: 2 };

/** Judges every family's rate as of the end of the week that begins on `week`, and writes table `fleet_rates`. */
export async function writeFleetRates(scope: RatesScope, week: Day): Promise<{ readonly judged: number; readonly raised: number }> {
  const series = await readRates(scope.store, week, scope.offsetMinutes);
  const shares = await readPartShares(scope.store);
  const codeParts = await readCodeParts(scope.store, week, scope.catalogue);
  const rows = series.map((one) => {
    const elsewhere = rateElsewhere(series, one);
    const code = one.kind === "code" ? codeParts(one.family) : null;
    const partShare = code?.share ?? shares.get(one.family) ?? SHARE_PRIOR.share;
    const named = code ?? partsOf(scope.catalogue, one.kind === "finding" ? one.family : "");
    return toRow(one, watchRate(one, elsewhere, { leadWeeks: scope.leadWeeks, partShare }), { week, named, nowMs: scope.nowMs });
  });
  await insertIdempotent(scope.store, "fleet_rates", rows);
  return { judged: rows.length, raised: rows.filter(({ state }) => state === "raised").length };
}

/** The family's rate per vehicle-week in the same kind of place: models against models, regions against regions. */
function rateElsewhere(all: readonly RateSeries[], { kind, family, region }: RateSeries): number {
  const alike = all.filter((other) => other.kind === kind && other.family === family && (other.region === "") === (region === ""));
  const rates = alike.map(({ weeks }) => {
    const exposure = weeks.reduce((sum, week) => sum + week.vehicleWeeks, 0);
    return exposure === 0 ? 0 : weeks.reduce((sum, week) => sum + week.events, 0) / exposure;
  });
  return rates.length === 0 ? 0 : mean(rates);
}

/** Share of a source's verdicts that confirmed the fault. */
async function readPartShares(store: ColumnStore): Promise<ReadonlyMap<string, number>> {
  const rows = await store.query(
    `SELECT assumeNotNull(source_id) AS source_id, countIf(outcome = 'confirmed') AS confirmed,
       countIf(outcome IN ('confirmed', 'no_fault_found', 'other_fault')) AS verdicts
     FROM labels FINAL WHERE source_id IS NOT NULL GROUP BY source_id`,
    verdictRow,
  );
  const { share, verdicts: weight } = SHARE_PRIOR;
  return new Map(rows.map(({ source_id, confirmed, verdicts }) => [source_id, (confirmed + share * weight) / (verdicts + weight)]));
}

function toRow(
  { kind, family, model, region, weeks }: RateSeries,
  { expected, state, rise, stock }: RateState,
  { week, named, nowMs }: { readonly week: Day; readonly named: Pick<CodePart, "parts" | "partsZh">; readonly nowMs: number },
) {
  const isStocked = stock !== null && named.parts.length > 0;
  const last = weeks.at(-1);
  return {
    week,
    kind,
    family,
    model,
    region,
    events: last?.events ?? 0,
    vehicle_weeks: last?.vehicleWeeks ?? 0,
    expected,
    state,
    ratio: rise?.ratio ?? null,
    ratio_low: rise?.low ?? null,
    ratio_high: rise?.high ?? null,
    raised_since: rise?.since ?? null,
    alarm_week: rise?.alarmWeek ?? null,
    parts: named.parts,
    parts_zh: named.partsZh,
    quantity_low: isStocked ? stock.low : null,
    quantity: isStocked ? stock.central : null,
    quantity_high: isStocked ? stock.high : null,
    computed_at: new Date(nowMs).toISOString(),
  };
}
