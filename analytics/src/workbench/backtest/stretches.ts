import type { Candidates } from "./candidates.ts";
import { clearCode, type Lane } from "./lanes.ts";
import type { SurveyedDay, SurveyedVehicle } from "./survey.ts";

/** What must be read of a vehicle row by row, and what the survey has told already. */
export interface Stretches {
  readonly vin: string;
  /** Where reading begins. */
  readonly fromMs: number;
  /** Days since 1970 to read; null where single days cannot be told apart. */
  readonly days: readonly number[] | null;
  /** Rows to be read, about. */
  readonly rows: number;
  readonly calm: readonly Calm[];
}

/** From a first to a last row the vehicle is clear at every value. */
interface Calm {
  readonly fromMs: number;
  readonly toMs: number;
}

const DAY_MS = 86_400_000;

/**
 * Divides a vehicle's time into days to be read and calm ones. An episode that was open when the window began must be known, or
 * its next row would open it again: where the vehicle fires within `warmUpMs` of the beginning, the days before are read, too.
 */
export function divide(
  { vin, fromMs, rows, days }: SurveyedVehicle,
  { windowMs, warmUpMs, isDayTold }: { readonly windowMs: number; readonly warmUpMs: number; readonly isDayTold: boolean },
): Stretches {
  const isWarm = fromMs < windowMs + warmUpMs;
  const start = isWarm ? windowMs - warmUpMs : fromMs;
  if (!isDayTold) return { vin, fromMs: start, days: null, rows, calm: [] };
  // The window may begin within a day, of which the survey has seen only the rest.
  const readUntil = isWarm ? dayOf(windowMs) : dayOf(windowMs) - 1;
  const before = isWarm ? range(dayOf(start), readUntil) : [];
  const after = days.filter(({ day }) => day > readUntil);
  const rough = after.filter(({ isSettled }) => !isSettled);
  return {
    vin,
    fromMs: start,
    days: [...before, ...rough.map(({ day }) => day)],
    rows: before.length * (rows / Math.max(1, days.length)) + rough.reduce((sum, day) => sum + day.rows, 0),
    calm: calmOf(after),
  };
}

const dayOf = (ms: number) => Math.floor(ms / DAY_MS);

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** Settled days that follow one another are one stretch; days on which nothing could be decided neither end nor extend it. */
function calmOf(days: readonly SurveyedDay[]): readonly Calm[] {
  const stretches: Calm[] = [];
  let isOpen = false;
  for (const { isSettled, calmFromMs, calmToMs } of days) {
    if (isSettled && calmToMs === 0) continue;
    const before = isSettled && isOpen ? stretches.pop() : undefined;
    if (isSettled) stretches.push({ fromMs: before?.fromMs ?? calmFromMs, toMs: calmToMs });
    isOpen = isSettled;
  }
  return stretches;
}

/**
 * A vehicle's rows in time order, the days that were read and the ends of the calm stretches, of which `calmRows` at least are told, for they
 * have had as many; `codes[lane][row]`.
 */
export function joinRows(
  lanes: readonly Lane[],
  days: readonly Candidates[],
  calm: readonly Calm[],
  calmRows: number,
): { readonly at: readonly number[]; readonly codes: readonly (readonly number[])[] } {
  const told = calm.map(({ fromMs, toMs }) => {
    const at = [...Array.from({ length: Math.max(1, calmRows - 1) }, () => fromMs), toMs];
    return { at, codes: lanes.map((lane) => at.map(() => clearCode(lane))) };
  });
  const all = [...days.filter(({ at }) => at.length > 0), ...told].toSorted((a, b) => (a.at[0] ?? 0) - (b.at[0] ?? 0));
  return { at: all.flatMap(({ at }) => at), codes: lanes.map((_, k) => all.flatMap(({ codes }) => codes[k] ?? [])) };
}
