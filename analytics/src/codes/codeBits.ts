/** What a car said of one trouble code on one day, summed: the values of feature family `codes`. */
export const CODE_BITS = {
  reported: 1,
  /** Seen once and not yet confirmed by a second drive. */
  pendingOnly: 2,
  confirmed: 4,
  /** Active in its last report of the day; not set where the car does not say. */
  activeAtEnd: 8,
  /** Said to be gone in its last report of the day. */
  goneAtEnd: 16,
  lamp: 32,
} as const;

export function hasBit(bits: number, bit: keyof typeof CODE_BITS): boolean {
  return (Math.round(bits) & CODE_BITS[bit]) !== 0;
}
