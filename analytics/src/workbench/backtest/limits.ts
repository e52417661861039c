import type { ColumnStore } from "@bellwether/clickhouse/store";
import { BellwetherError } from "@bellwether/contracts/errors";
import { rowSourceOf } from "../../rules/rowSource.ts";
import type { Window } from "./pieces.ts";
import type { Plan } from "./plan.ts";
import { surveyPiece } from "./survey.ts";

const DAY_MS = 86_400_000;
/** What one can rely on before anything was measured, on two cores and a condition of a few columns. */
const ROWS_PER_SECOND = 4_000_000;
/** A day tells how fast the whole goes where it is a small part of it ... */
const PROBED_DAYS_MIN = 10;
/** ... and has rows enough for a statement's fixed cost not to show. */
const PROBED_ROWS_MIN = 100_000;
/** Reading again what matters and folding it takes up to two thirds of the survey (measured with 2 % of the rows, one threshold and a thousand). */
const WHOLE_TO_SURVEY = 1.7;

/**
 * Throws `config_invalid` where a plan would read more rows or take longer than its request allows. How long it would take is told by
 * surveying one day, where it matters: columns, machine and what else runs on it differ tenfold.
 */
export async function checkLimits(store: ColumnStore, plan: Plan, now: () => number): Promise<void> {
  const { limits, vehicles, sampleShare } = plan.request;
  // Named vehicles are found by the index; how many rows they have is known only later and is small.
  if (vehicles !== null) return;
  const rows = plan.rowsEstimated * sampleShare;
  if (rows > limits.rowsMax) {
    throw refused(`would read about ${Math.round(rows).toLocaleString("en")} rows, the limit is ${limits.rowsMax.toLocaleString("en")}`);
  }
  const isFarFromIt = rows / ROWS_PER_SECOND < limits.secondsMax / 10;
  if (isFarFromIt) return;
  const seconds = rows / ((await measurePace(store, plan, now)) ?? ROWS_PER_SECOND);
  if (seconds > limits.secondsMax) {
    throw refused(`would take about ${Math.round(seconds)} s, the limit is ${limits.secondsMax} s`);
  }
}

/** Rows per second of the whole run, from one day in the middle of the window; null where a day cannot tell. */
async function measurePace(store: ColumnStore, plan: Plan, now: () => number): Promise<number | null> {
  const { fromMs, toMs } = plan.request;
  const days = Math.floor((toMs - fromMs) / DAY_MS);
  if (days < PROBED_DAYS_MIN) return null;
  const midMs = fromMs + Math.floor(days / 2) * DAY_MS;
  const window: Window = { fromMs: midMs, toMs: midMs + DAY_MS };
  // Twice: the first may have to load what the run itself loads once.
  const paces = [await paceOf(store, plan, window, now), await paceOf(store, plan, window, now)];
  return paces.reduce((fastest, pace) => (fastest === null || pace === null ? null : Math.max(fastest, pace)));
}

async function paceOf(store: ColumnStore, { rule, prefilter }: Plan, window: Window, now: () => number): Promise<number | null> {
  const startedMs = now();
  const seen = { rowFilter: "1", source: rowSourceOf(rule), calmRowsMin: 1 };
  const vehicles = await surveyPiece(store, window, { kind: "range", after: null, upTo: null }, prefilter, seen);
  const rows = vehicles.reduce((sum, vehicle) => sum + vehicle.rows, 0);
  return rows < PROBED_ROWS_MIN ? null : (1000 * rows) / Math.max(1, now() - startedMs) / WHOLE_TO_SURVEY;
}

function refused(what: string): BellwetherError {
  const text = `back-test refused: ${what}: shorten the window, take a sample of the vehicles or raise the limit`;
  return new BellwetherError("config_invalid", text, { retryable: false });
}
