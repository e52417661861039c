/** Puts the parts of split cell arrays together. */
import type { DtcReading, QualityMark, Sample } from "@bellwether/contracts/sample";
import { isFragment } from "./fragmentPart.ts";

/** The 2016 edition carries at most this many cells per frame. */
const CELLS_PER_PART_MAX = 200;

/**
 * Merges parts of the same vehicle and time into one sample (`part` 0) where together they speak of every cell; the merged
 * sample stands where the first of them stood. Parts that do not make a whole, and all other samples, stay as they are.
 * Of values that several parts carry, those of the part with the lowest cells count. O(samples + cells).
 */
export function mergeParts(samples: readonly Sample[]): readonly Sample[] {
  const mergedBy = new Map<string, Sample>();
  for (const [key, parts] of groupParts(samples)) {
    const merged = mergeGroup(parts);
    if (merged !== null) mergedBy.set(key, merged);
  }
  if (mergedBy.size === 0) return samples;
  const placed = new Set<string>();
  return samples.flatMap((sample) => {
    const key = keyOf(sample);
    const merged = sample.part === 0 || isFragment(sample) ? undefined : mergedBy.get(key);
    if (merged === undefined) return [sample];
    if (placed.has(key)) return [];
    placed.add(key);
    return [merged];
  });
}

function keyOf({ vin, eventTimeMs }: Sample): string {
  return `${vin}:${eventTimeMs}`;
}

function groupParts(samples: readonly Sample[]): Map<string, Sample[]> {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    if (sample.part === 0 || isFragment(sample)) continue;
    const group = groups.get(keyOf(sample));
    if (group === undefined) groups.set(keyOf(sample), [sample]);
    else group.push(sample);
  }
  return groups;
}

/** One sample of all parts, or null when a stretch of cells is missing or the parts disagree about the pack's size. */
function mergeGroup(group: readonly Sample[]): Sample | null {
  const parts = [...group].sort((a, b) => a.part - b.part).filter((sample, i, all) => sample.part !== all[i - 1]?.part);
  const [first] = parts;
  const total = first?.values.cellVoltagesV?.length ?? 0;
  if (first === undefined || parts.length < 2 || first.part !== 1) return null;
  const cells = new Array<number | null>(total).fill(null);
  for (const [i, part] of parts.entries()) {
    if (!copyCells(part, (parts[i + 1]?.part ?? total + 1) - 1, cells)) return null;
  }
  return {
    ...first,
    part: 0,
    values: { ...firstKnown(parts.map(({ values }) => values)), cellVoltagesV: cells },
    ...mergedExtra(parts),
    dtcs: uniqueBy(
      parts.flatMap(({ dtcs }) => dtcs),
      ({ system, code }: DtcReading) => `${system}:${code}`,
    ),
    quality: uniqueBy(
      parts.flatMap(({ quality }) => quality),
      ({ signal, reason }: QualityMark) => `${signal}:${reason}`,
    ),
  };
}

/**
 * Copies a part's cells up to where the next part begins (`end`, 0-based). False when the part does not reach that far:
 * an unknown cell is one the part carried only if the part has a mark that says so.
 */
function copyCells({ part, values, quality }: Sample, end: number, cells: (number | null)[]): boolean {
  const own = values.cellVoltagesV;
  if (own === undefined || own.length !== cells.length || end - (part - 1) > CELLS_PER_PART_MAX) return false;
  const mayBeUnknown = quality.some(({ signal }) => signal === "cellVoltagesV");
  for (let i = part - 1; i < end; i++) {
    const cell = own[i] ?? null;
    if (cell === null && !mayBeUnknown) return false;
    cells[i] = cell;
  }
  return true;
}

function mergedExtra(parts: readonly Sample[]): Pick<Sample, "extra"> {
  const extras = parts.flatMap(({ extra }) => (extra === undefined ? [] : [extra]));
  return extras.length === 0 ? {} : { extra: firstKnown(extras) };
}

/** All keys of all objects; of a key that several have, the first one's. */
function firstKnown<T extends object>(objects: readonly T[]): T {
  return Object.assign({}, ...objects.toReversed());
}

/** Of elements with equal keys the last one, where the first stood. */
export function uniqueBy<T>(list: readonly T[], key: (one: T) => string): T[] {
  return [...new Map(list.map((one) => [key(one), one])).values()];
}
