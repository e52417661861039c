import { FAMILIES } from "../features/families.ts";

/** Where the lines a rule judges come from. */
export interface RowSource {
  readonly table: "telemetry" | "outside_scores" | "daily_features";
  /** Of which model or family; empty for telemetry. */
  readonly part: string;
  /** What stands after FROM; has vin, event_time and part. */
  readonly sql: string;
  /** The same with every copy of a line, to estimate how many there are. */
  readonly plainSql: string;
  /** A column to count index rows by. */
  readonly cheapColumn: string;
  /** Time without lines that ends a run. */
  readonly gapMaxMs: number;
  /** How far back a finding's evidence shows its course. */
  readonly courseMs: number;
}

const DAY_MS = 86_400_000;
/** Time without reports that ends a run (GB/T cars report at least every 30 s while awake). */
export const GAP_MAX_MS = 10 * 60_000;
/** Scores come daily or weekly; days without a feature are days without a drive. */
const SLOW_GAP_MAX_MS = 14 * DAY_MS;
const SLOW_COURSE_MS = 60 * DAY_MS;

const TELEMETRY: RowSource = {
  table: "telemetry",
  part: "",
  sql: "telemetry",
  plainSql: "telemetry",
  cheapColumn: "log_offset",
  gapMaxMs: GAP_MAX_MS,
  courseMs: DAY_MS,
};

/** A day's numbers are known when it is over. */
const DAY_END_SQL = "toDateTime64(day + 1, 3, 'UTC')";

/** The columns a condition over scores may name. */
const SCORE_COLUMNS: ReadonlySet<string> = new Set(["score"]);

const FEATURE_COLUMNS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  FAMILIES.map(({ id, features }) => [id, new Set([...Object.keys(features), "samples"])]),
);

/** Families of daily numbers a rule may read. */
export const FAMILY_NAMES: readonly string[] = [...FEATURE_COLUMNS.keys()];

/** Every column that is none of telemetry. */
export const OTHER_COLUMNS: ReadonlySet<string> = new Set([
  ...SCORE_COLUMNS,
  ...[...FEATURE_COLUMNS.values()].flatMap((names) => [...names]),
]);

/** What a rule file says about it. */
interface Source {
  readonly reads?: "outside_scores" | "daily_features" | undefined;
  readonly model?: string | undefined;
  readonly family?: string | undefined;
}

/** The columns a condition may name; undefined: those of the catalogue. */
export function columnsOf({ reads, family }: Source): ReadonlySet<string> | undefined {
  if (reads === "outside_scores") return SCORE_COLUMNS;
  return reads === "daily_features" ? (FEATURE_COLUMNS.get(family ?? "") ?? new Set()) : undefined;
}

/** Reports; the scores of one outside model; or one family's numbers of each day: the newest word on each vehicle and time. */
export function rowSourceOf({ reads, model, family }: Source): RowSource {
  const slow = { gapMaxMs: SLOW_GAP_MAX_MS, courseMs: SLOW_COURSE_MS };
  if (reads === "outside_scores" && model !== undefined) {
    // FINAL: a model's scores are few beside the reports, and a corrected score must not count twice.
    const sql = `(SELECT vin, event_time, toUInt16(0) AS part, score FROM outside_scores FINAL WHERE model = ${quoted(model)})`;
    return { table: reads, part: model, sql, plainSql: reads, cheapColumn: "score", ...slow };
  }
  if (reads === "daily_features" && family !== undefined) {
    const features = [...(FEATURE_COLUMNS.get(family) ?? [])].filter((name) => name !== "samples");
    const columns = features.map((name) => `if(mapContains(features, '${name}'), features['${name}'], NULL) AS ${name}`);
    // FINAL: a day that was computed again counts as it is now.
    const sql = `(SELECT vin, ${DAY_END_SQL} AS event_time, toUInt16(0) AS part, samples, ${columns.join(", ")}
      FROM daily_features FINAL WHERE family = ${quoted(family)})`;
    const plainSql = `(SELECT samples, ${DAY_END_SQL} AS event_time FROM daily_features)`;
    return { table: reads, part: family, sql, plainSql, cheapColumn: "samples", ...slow };
  }
  return TELEMETRY;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
