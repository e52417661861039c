/**
 * Fragments: what a gateway that sends signal by signal (VISS subscriptions) says of one moment. `telemetry` keeps one row per
 * vehicle, moment and `part`, so each set of signals has a part of its own: fragments of one moment do not take each other's
 * place, and one that is sent twice does.
 */
import { FRAGMENT_PART_MIN, type Sample } from "@bellwether/contracts/sample";

/** A report of more signals than this is whole. */
const SIGNALS_MAX = 3;

type Said = Pick<Sample, "values" | "extra" | "quality">;

/** The `part` of a report: 0 for a whole one, else by its signals, of which two sets have the same part once in 32,768 times. */
export function fragmentPart(said: Said): number {
  const names = namesIn(said);
  return names.length === 0 || names.length > SIGNALS_MAX ? 0 : partOf(names);
}

/** The `part` of fragments that were put together, however many signals they have: others of their moment may come in another block. */
export function mergedPart(said: Said): number {
  return partOf(namesIn(said));
}

export function isFragment({ part }: Pick<Sample, "part">): boolean {
  return part >= FRAGMENT_PART_MIN;
}

function namesIn({ values, extra = {}, quality }: Said): readonly string[] {
  return [...new Set([...Object.keys(values), ...Object.keys(extra), ...quality.map(({ signal }) => signal)])].sort();
}

/** FNV-1a over the names, in the upper half of the parts. */
function partOf(names: readonly string[]): number {
  let hash = 0x811c9dc5;
  for (const character of names.join(",")) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return FRAGMENT_PART_MIN | ((hash ^ (hash >>> 15)) & (FRAGMENT_PART_MIN - 1));
}
