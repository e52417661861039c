/** Where the lines a rule judges come from. */
export interface RowSource {
  readonly table: "telemetry" | "outside_scores";
  /** What stands after FROM; has vin, event_time and part. */
  readonly sql: string;
  /** A column to count index rows by. */
  readonly cheapColumn: string;
  /** Time without lines that ends a run. */
  readonly gapMaxMs: number;
}

/** Time without reports that ends a run (GB/T cars report at least every 30 s while awake). */
export const GAP_MAX_MS = 10 * 60_000;
/** Scores come daily or weekly. */
const SCORE_GAP_MAX_MS = 14 * 86_400_000;

const TELEMETRY: RowSource = { table: "telemetry", sql: "telemetry", cheapColumn: "log_offset", gapMaxMs: GAP_MAX_MS };

/** The columns a condition over scores may name. */
export const SCORE_COLUMNS: ReadonlySet<string> = new Set(["score"]);

/** What a rule file says about it. */
interface Source {
  readonly reads?: "outside_scores" | undefined;
  readonly model?: string | undefined;
}

/** Reports, or the scores of one outside model: the newest word on each vehicle and time. */
export function rowSourceOf({ reads, model }: Source): RowSource {
  if (reads === undefined || model === undefined) return TELEMETRY;
  // FINAL: a model's scores are few beside the reports, and a corrected score must not count twice.
  const sql = `(SELECT vin, event_time, toUInt16(0) AS part, score FROM outside_scores FINAL WHERE model = '${model.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}')`;
  return { table: reads, sql, cheapColumn: "score", gapMaxMs: SCORE_GAP_MAX_MS };
}
