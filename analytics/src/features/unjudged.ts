import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import { dayEndMs, dayStartMs } from "../engine/days.ts";
import type { CompiledRule } from "../rules/compile.ts";
import { stateRowsSql } from "../rules/stateRows.ts";
import { PAIRS_SQL, pairParams, type VehicleDay } from "./vehicleDays.ts";

/** A rule that could not be decided for most of a vehicle's day. */
export interface Unjudged extends VehicleDay {
  readonly source_id: string;
  readonly reason: "missing_signal";
  /** Rows that could not be decided. */
  readonly samples: number;
}

/** From this share of undecided rows a day counts as not evaluated. */
const UNKNOWN_SHARE = 0.5;

const unknownRow = z.object({ vin: z.string(), day: z.string(), rows: z.number(), unknown: z.array(z.number()) });

/** Which rules were undecidable for at least half of the rows of each vehicle-day: a signal they need is missing. */
export async function unjudgedRows(
  scope: {
    readonly store: ColumnStore;
    readonly rules: readonly CompiledRule[];
    readonly offsetMinutes: number;
    readonly rowFilter: string;
  },
  days: readonly VehicleDay[],
): Promise<readonly Unjudged[]> {
  const { store, rules, offsetMinutes, rowFilter } = scope;
  if (rules.length === 0) return [];
  const first = new Map<string, number>();
  for (const { vin, day } of days) first.set(vin, Math.min(first.get(vin) ?? Number.POSITIVE_INFINITY, dayStartMs(day, offsetMinutes)));
  const states = stateRowsSql(rules, { rowFilter, lookbackMs: Math.max(...rules.map((rule) => rule.lookbackMs)) });
  const rows = await store.query(
    `SELECT vin, toDate(fromUnixTimestamp64Milli(at_ms + ${offsetMinutes * 60_000}, 'UTC')) AS day, count() AS rows,
       sumForEach(arrayMap(s -> s = 0, states)) AS unknown
     FROM (${states}) GROUP BY vin, day
     HAVING arrayExists(u -> u >= rows * ${UNKNOWN_SHARE}, unknown) AND (vin, day) IN ${PAIRS_SQL.replaceAll("{vins:", "{pair_vins:")}`,
    unknownRow,
    {
      params: {
        vins: [...first.keys()],
        froms: [...first.values()].map((ms) => ms - 1),
        until: Math.max(...days.map(({ day }) => dayEndMs(day, offsetMinutes) - 1)),
        pair_vins: pairParams(days).vins,
        days: pairParams(days).days,
      },
    },
  );
  return rows.flatMap((row) =>
    rules.flatMap(({ rule }, index) => {
      const samples = row.unknown[index] ?? 0;
      if (samples < row.rows * UNKNOWN_SHARE) return [];
      return [{ vin: row.vin, day: row.day, source_id: rule.id, reason: "missing_signal" as const, samples }];
    }),
  );
}
