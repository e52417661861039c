/**
 * When a car could come, pure: the earliest slots of a workshop with room for it, before the act-by date where there are
 * any. Room is the lesser of bays and technicians, less the cars booked into the slot; a job longer than a slot needs the
 * slots after it too, without a gap.
 */

export interface Slot {
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly bays: number;
  readonly technicians: number;
  /** Cars booked into it. */
  readonly booked: number;
}

export interface WindowQuestion {
  readonly fromMs: number;
  readonly actByMs: number;
  /** Hours of work; null or 0: a first look, which fits every slot. */
  readonly labourHours: number | null;
  readonly count: number;
}

export interface Window {
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  /** Cars the workshop could still take then. */
  readonly free: number;
  /** The workshop has nothing before the act-by date: another dealer may. */
  readonly isLate: boolean;
}

const HOUR_MS = 3_600_000;

/** At most `count` windows, earliest first; late ones only when there is none in time. Slots in any order. */
export function suggestWindows(slots: readonly Slot[], { fromMs, actByMs, labourHours, count }: WindowQuestion): readonly Window[] {
  const sorted = slots.toSorted((a, b) => a.startsAtMs - b.startsAtMs);
  const neededMs = (labourHours ?? 0) * HOUR_MS;
  const windows = sorted
    .flatMap((slot, i) => (slot.startsAtMs < fromMs ? [] : [windowFrom(sorted.slice(i), neededMs)]))
    .filter((window) => window !== null)
    .map((window) => ({ ...window, isLate: window.endsAtMs > actByMs }));
  const inTime = windows.filter(({ isLate }) => !isLate);
  return (inTime.length > 0 ? inTime : windows).slice(0, count);
}

/** The window that begins with the first slot; null where it has no room or the work does not fit. */
function windowFrom(slots: readonly Slot[], neededMs: number): Omit<Window, "isLate"> | null {
  const [first] = slots;
  if (first === undefined) return null;
  let free = Number.POSITIVE_INFINITY;
  let endsAtMs = first.startsAtMs;
  for (const slot of slots) {
    if (slot.startsAtMs !== endsAtMs) return null;
    free = Math.min(free, Math.min(slot.bays, slot.technicians) - slot.booked);
    if (free <= 0) return null;
    endsAtMs = slot.endsAtMs;
    if (endsAtMs - first.startsAtMs >= neededMs) return { startsAtMs: first.startsAtMs, endsAtMs, free };
  }
  return null;
}
