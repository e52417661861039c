import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import { NO_JIT } from "../engine/settings.ts";
import type { Decision, Run } from "./episodes.ts";

/** An episode that opened somewhere within a run of rows. */
export interface Opening extends Decision {
  readonly vin: string;
  readonly ruleId: string;
}

/** The row within a run with which a rule's firing had held long enough, and how many rows of the run that took. */
interface DecidingRow {
  readonly atMs: number;
  readonly samples: number;
}

const decidingRow = z.object({ i: z.number(), at_ms: z.number(), samples: z.number() });

// Rows are grouped per opening; a run lies within one day, so an array holds a day of one vehicle at most.
const DECIDING_ROWS_SQL = (source: string, rowFilter: string) => `
  SELECT i, at[samples] AS at_ms, greatest(nth, arrayFirstIndex(x -> x >= need_ms, at)) AS samples
  FROM (
    SELECT i, need_ms, nth, arraySort(groupArray(row_ms)) AS at
    FROM (
      SELECT vin, toUnixTimestamp64Milli(event_time) AS row_ms FROM ${source}
      WHERE vin IN {vins:Array(String)} AND event_time >= fromUnixTimestamp64Milli(arrayMin({froms:Array(Int64)}), 'UTC')
        AND event_time <= fromUnixTimestamp64Milli(arrayMax({tos:Array(Int64)}), 'UTC') AND ${rowFilter}
    ) AS reports
    INNER JOIN (
      SELECT tupleElement(o, 1) AS i, tupleElement(o, 2) AS vin, tupleElement(o, 3) AS from_ms, tupleElement(o, 4) AS to_ms,
        tupleElement(o, 5) AS need_ms, tupleElement(o, 6) AS nth
      FROM (SELECT arrayJoin(arrayZip(arrayEnumerate({vins:Array(String)}), {vins:Array(String)}, {froms:Array(Int64)}, {tos:Array(Int64)},
        {needs:Array(Int64)}, {nths:Array(UInt64)})) AS o)
    ) AS openings USING (vin)
    WHERE row_ms BETWEEN from_ms AND to_ms
    GROUP BY i, need_ms, nth
  )`;

/**
 * A splitter of runs at the rows that decided. The scan returns whole runs, and how far a run reaches depends on the
 * batch; an opening does not, so its run is cut at the deciding row: one statement, and only for steps in which one opened.
 */
export async function splitAtDecisions(
  store: ColumnStore,
  { source, rowFilter }: { readonly source: string; readonly rowFilter: string },
  openings: readonly Opening[],
): Promise<(vin: string, ruleId: string, run: Run) => readonly Run[]> {
  const open = openings.filter(({ run, fromMs, nth }) => run.samples > 1 && (nth > 1 || fromMs > run.fromMs));
  const immediate = openings.filter((opening) => !open.includes(opening));
  const cuts = new Map(immediate.map((opening) => [keyOf(opening), { atMs: opening.run.fromMs, samples: 1 }]));
  if (open.length > 0) {
    const params = {
      vins: open.map(({ vin }) => vin),
      froms: open.map(({ run }) => run.fromMs),
      tos: open.map(({ run }) => run.toMs),
      needs: open.map(({ fromMs }) => fromMs),
      nths: open.map(({ nth }) => nth),
    };
    for (const { i, at_ms, samples } of await store.query(DECIDING_ROWS_SQL(source, rowFilter), decidingRow, {
      params,
      settings: NO_JIT,
    })) {
      const opening = open[i - 1];
      if (opening !== undefined) cuts.set(keyOf(opening), { atMs: at_ms, samples });
    }
  }
  return (vin, ruleId, run) => cutRun(run, cuts.get(keyOf({ vin, ruleId, run })));
}

function keyOf({ vin, ruleId, run }: Pick<Opening, "vin" | "ruleId" | "run">): string {
  return `${vin}/${ruleId}/${run.fromMs}`;
}

function cutRun(run: Run, cut: DecidingRow | undefined): readonly Run[] {
  if (run.state !== "firing" || cut === undefined || cut.samples >= run.samples) return [run];
  const { atMs, samples } = cut;
  return [
    { ...run, toMs: atMs, samples },
    { ...run, fromMs: atMs, samples: run.samples - samples },
  ];
}
