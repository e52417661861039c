/**
 * When a car could come, pure: the earliest slots of a workshop with room for it, before the act-by date where there are
 * any. Room is the lesser of bays and technicians, less the cars booked into the slot, and no more than the technicians trained for
 * the component, less the cars booked for it; a job longer than a slot needs the slots after it too, without a gap.
 */

export interface Slot {
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly bays: number;
  readonly technicians: number;
  /** Cars booked into it. */
  readonly booked: number;
  /** Technicians trained for the component in question; null: not told, every one of them may do it. */
  readonly trained: number | null;
  /** Cars booked into it for the same component. */
  readonly bookedAlike: number;
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

function roomOf({ bays, technicians, booked, trained, bookedAlike }: Slot): number {
  const room = Math.min(bays, technicians) - booked;
  return trained === null ? room : Math.min(room, trained - bookedAlike);
}

/** The window that begins with the first slot; null where it has no room or the work does not fit. */
function windowFrom(slots: readonly Slot[], neededMs: number): Omit<Window, "isLate"> | null {
  const [first] = slots;
  if (first === undefined) return null;
  let free = Number.POSITIVE_INFINITY;
  let endsAtMs = first.startsAtMs;
  for (const slot of slots) {
    if (slot.startsAtMs !== endsAtMs) return null;
    free = Math.min(free, roomOf(slot));
    if (free <= 0) return null;
    endsAtMs = slot.endsAtMs;
    if (endsAtMs - first.startsAtMs >= neededMs) return { startsAtMs: first.startsAtMs, endsAtMs, free };
  }
  return null;
}
