/** How long a condition must hold before it counts. */
export type Hold =
  | { readonly kind: "duration"; readonly ms: number }
  | { readonly kind: "samples"; readonly count: number }
  /** `count` of the last `window` reports that could be judged. */
  | { readonly kind: "share"; readonly count: number; readonly window: number };

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };
const HOLD = /^(\d+(?:\.\d+)?)\s*(s|min|h|d|samples?)$/;

const SHARE = /^(\d+)\s+of\s+(\d+)\s*samples$/;
/** Flags of the last reports are kept in one number. */
const SHARE_WINDOW_MAX = 30;

/** "90 s", "2 min", "14 d", "3 samples" or "3 of 5 samples"; null for anything else. */
export function parseHold(text: string): Hold | null {
  const share = SHARE.exec(text.trim());
  if (share !== null) return parseShare(Number(share[1]), Number(share[2]));
  const match = HOLD.exec(text.trim());
  if (match === null) return null;
  const amount = Number(match[1]);
  const unit = match[2] ?? "";
  const unitMs = UNIT_MS[unit];
  if (unitMs !== undefined) return { kind: "duration", ms: amount * unitMs };
  return Number.isInteger(amount) && amount >= 1 ? { kind: "samples", count: amount } : null;
}

function parseShare(count: number, window: number): Hold | null {
  return count >= 1 && count <= window && window <= SHARE_WINDOW_MAX ? { kind: "share", count, window } : null;
}

/** A duration in ms; null for sample counts and anything else. */
export function parseDurationMs(text: string): number | null {
  const hold = parseHold(text);
  return hold?.kind === "duration" ? hold.ms : null;
}
