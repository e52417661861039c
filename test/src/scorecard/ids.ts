/** A vehicle's or segment's id as its column would be read by others: a number where it is written as one. */
export function idOf(text: string): number | string {
  return /^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : text;
}
