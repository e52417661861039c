import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import type { CompiledRule } from "../../rules/compile.ts";
import { stateRowsSource } from "../../rules/stateRows.ts";
import { codeSql, type Lane } from "./lanes.ts";
import { BOUNDED } from "./pieces.ts";
import type { Seen } from "./survey.ts";

/** The rows of one vehicle and UTC day that an episode can depend on, in time order: one code per lane and row. */
export interface Candidates {
  readonly vin: string;
  readonly at: readonly number[];
  /** `codes[lane][row]`. */
  readonly codes: readonly (readonly number[])[];
  /** Rows the condition could not be decided for, at the first lane's first value. */
  readonly unknown: number;
}

const candidateRow = z.object({
  vin: z.string(),
  at: z.array(z.number()),
  codes: z.array(z.array(z.number())),
  unknown_rows: z.number(),
});

const NO_ROW = "tuple(toInt64(-1), toUInt16(0), emptyArrayUInt32())";
// Sorted, so that copies of a report are neighbours. A lambda must not capture the array itself: it would be copied per element.
const IS_NEW = "(tupleElement(before, 1) != tupleElement(r, 1) OR tupleElement(before, 2) != tupleElement(r, 2))";
const CHANGES = "tupleElement(before, 3) != tupleElement(r, 3)";
const CAN_MATTER = `arrayExists(c -> c % 1024 > 0, tupleElement(r, 3)) OR ${CHANGES} OR tupleElement(after, 3) != tupleElement(r, 3)`;
const oneBefore = (rows: string) => `arraySlice(arrayPushFront(${rows}, ${NO_ROW}), 1, length(${rows}))`;
const oneAfter = (rows: string) => `arraySlice(arrayPushBack(${rows}, ${NO_ROW}), 2, length(${rows}))`;

/** Of the array `known`: what fires somewhere, both ends of every stretch without a change, and its first rows up to `rowsKept`. */
function keptSql(rowsKept: number): string {
  const rows = `known, ${oneBefore("known")}, ${oneAfter("known")}`;
  if (rowsKept <= 2) return `arrayFilter((r, before, after) -> ${CAN_MATTER}, ${rows})`;
  const placeInStretch = `arrayEnumerateUniq(arrayCumSum((r, before) -> ${CHANGES}, known, ${oneBefore("known")}))`;
  return `arrayFilter((r, before, after, place) -> place < ${rowsKept} OR ${CAN_MATTER}, ${rows}, ${placeInStretch})`;
}

/** The listed days, and as many before each as a condition looks back; its first half is the ordering key's, so that the index finds them. */
function onListedDays(day: string, daysBefore: number): string {
  return `(${day}, vin) IN (SELECT tupleElement(listed, 1), tupleElement(listed, 2) FROM (
  SELECT arrayJoin(arrayZip(arrayMap(d -> toDate(d), {listed_days:Array(UInt16)}), {listed_vins:Array(String)})) AS day_listed,
    (tupleElement(day_listed, 1) - arrayJoin(range(${daysBefore + 1})), tupleElement(day_listed, 2)) AS listed))`;
}

const DAY_MS = 86_400_000;

export interface CandidateScope extends Seen {
  readonly lanes: readonly Lane[];
  readonly toMs: number;
  /** Of a stretch without any change at least so many rows are kept, where it has them (`rowsRemembered`). */
  readonly rowsKept: number;
}

/** What is read of one vehicle. */
interface ReadFrom {
  readonly vin: string;
  /** Nothing before it; ms, inclusive. */
  readonly fromMs: number;
  /** These days since 1970 alone; null for all of them. */
  readonly days: readonly number[] | null;
}

/**
 * The candidate rows of the vehicles from their given times until `toMs` (exclusive), by vehicle and day: every row that fires at some value
 * of a lane, and of the stretches between, during which no lane's state changes, the first rows and the last. Folding these
 * gives the same episodes as folding every row (`foldEpisodes` does not see where a run is split, nor unknown rows, nor how many more
 * rows do not fire than it remembers). A report that came twice counts once, as it does live.
 */
export async function readCandidates(
  store: ColumnStore,
  { lanes, toMs, rowsKept, rowFilter, signal }: CandidateScope,
  starts: readonly ReadFrom[],
): Promise<readonly Candidates[]> {
  const rules = lanes.flatMap((lane): CompiledRule[] => [lane.compiled, ...lane.ends]);
  const lookbackMs = Math.max(0, ...rules.map((rule) => rule.lookbackMs));
  const listed = starts.flatMap(({ vin, days }) => (days ?? []).map((day) => ({ vin, day })));
  const daysBefore = Math.ceil(lookbackMs / DAY_MS);
  const isRead = listed.length === 0 ? "1" : onListedDays("toDate(event_time)", daysBefore);
  // The days before have served the windows: they are told by their ends, or listed themselves.
  const isJudged = listed.length === 0 || daysBefore === 0 ? "1" : onListedDays("toDate(intDiv(at_ms, 86400000))", 0);
  const source = stateRowsSource(rules, { rowFilter: `${rowFilter} AND ${isRead}`, lookbackMs });
  const isUndecided = lanes.map((lane, k) => `bitAnd(intDiv(codes[${k + 1}], 1024), 1023) = ${lane.values.length}`).join(" AND ");
  const sql = `
    SELECT vin, undecided AS unknown_rows, arrayMap(r -> tupleElement(r, 1), kept) AS at,
      [${lanes.map((_, k) => `arrayMap(r -> tupleElement(r, 3)[${k + 1}], kept)`).join(", ")}] AS codes
    FROM (
      SELECT vin, day, undecided, ${keptSql(rowsKept)} AS kept
      FROM (
        SELECT vin, day, countIf(is_undecided) AS undecided, arraySort(groupArrayIf(tuple(at_ms, part, codes), NOT is_undecided)) AS copies,
          arrayFilter((r, before) -> ${IS_NEW}, copies, ${oneBefore("copies")}) AS known
        FROM (
          SELECT vin, intDiv(at_ms, 86400000) AS day, at_ms, part, codes, ${isUndecided} AS is_undecided
          FROM (SELECT vin, at_ms, part, [${lanes.map(codeSql).join(",\n")}]::Array(UInt32) AS codes FROM (${source}) WHERE ${isJudged})
        )
        GROUP BY vin, day
      )
    )
    ORDER BY vin, day`;
  const rows = await store.query(sql, candidateRow, {
    params: {
      vins: starts.map(({ vin }) => vin),
      froms: starts.map(({ fromMs }) => fromMs - 1),
      until: toMs - 1,
      ...(listed.length === 0 ? {} : { listed_days: listed.map(({ day }) => day), listed_vins: listed.map(({ vin }) => vin) }),
    },
    settings: BOUNDED,
    signal,
  });
  return rows.map(({ vin, at, codes, unknown_rows }) => ({ vin, at, codes, unknown: unknown_rows }));
}
