/** Vehicles per statement: bound lists travel in the request's address on a server, which is limited to 1 MB. */
export const VEHICLES_PER_STATEMENT = 1000;

/** The items in pieces of at most `size`. */
export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
