import { STATE_CODES } from "./compile.ts";
import type { Run, RunState } from "./episodes.ts";
import { GAP_MAX_MS } from "./rowSource.ts";

/** A row at which some rule's state changed, a gap ended or a day began, or the vehicle's last row of the scan. */
export interface ChangeRow {
  readonly vin: string;
  readonly atMs: number;
  /** Time of the row before it; 0 for the vehicle's first. */
  readonly previousMs: number;
  /** 1-based number of the row within the vehicle's scan. */
  readonly n: number;
  readonly isLast: boolean;
  /** One code per rule, in the order of the compiled rules. */
  readonly states: readonly number[];
}

/** Keeps, of all rows, only those where something changed: what crosses into TypeScript is small. */
export function changeRowsSql(stateRows: string, offsetMinutes: number): string {
  const dayNumber = (ms: string) => `intDiv(${ms} + ${offsetMinutes * 60_000}, 86400000)`;
  return `
    SELECT vin, at_ms, previous_ms, n, is_last, states FROM (
      SELECT vin, at_ms, states,
        row_number() OVER w AS n,
        lagInFrame(at_ms, 1, toInt64(0)) OVER w AS previous_ms,
        lagInFrame(states, 1, emptyArrayUInt8()) OVER w AS previous_states,
        leadInFrame(at_ms, 1, toInt64(-1)) OVER w = -1 AS is_last
      FROM (${stateRows})
      WINDOW w AS (PARTITION BY vin ORDER BY at_ms, part ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    )
    WHERE is_last OR states != previous_states OR at_ms - previous_ms > ${GAP_MAX_MS} OR ${dayNumber("at_ms")} != ${dayNumber("previous_ms")}
    ORDER BY vin, n`;
}

/** The name of each state code. */
export const RUN_STATES: ReadonlyMap<number, RunState> = new Map([
  [STATE_CODES.unknown, "unknown"],
  [STATE_CODES.firing, "firing"],
  [STATE_CODES.clear, "clear"],
  [STATE_CODES.between, "between"],
]);

/** The runs of one rule (its place in `states`) from one vehicle's change rows in order of `n`. */
export function runsOf(rows: readonly ChangeRow[], ruleIndex: number): Run[] {
  const runs: Run[] = [];
  rows.forEach((row, index) => {
    const state = RUN_STATES.get(row.states[ruleIndex] ?? 0) ?? "unknown";
    const next = rows[index + 1];
    if (next === undefined) runs.push({ state, fromMs: row.atMs, toMs: row.atMs, samples: 1 });
    else runs.push({ state, fromMs: row.atMs, toMs: next.previousMs, samples: next.n - row.n });
  });
  return runs;
}
