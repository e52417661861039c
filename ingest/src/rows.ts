import type { Sample } from "@bellwether/contracts/sample";
import type { Block } from "./block.ts";
import { mergeParts } from "./decode/mergeParts.ts";
import { withExtremes } from "./extremes.ts";

/** One row of `telemetry` before encoding: a sample and the record it came in. */
export interface Row {
  readonly sample: Sample;
  readonly offset: number;
}

/**
 * Stage `merge`: the block's samples as rows, parts of split cell arrays put together where they meet in the block.
 * A merged row carries the offset of its first part. O(samples).
 */
export function mergeBlock({ outcomes, samples }: Block): readonly Row[] {
  const rows: Row[] = new Array(samples);
  let length = 0;
  let hasParts = false;
  for (const { offset, samples: reported } of outcomes) {
    for (const sample of reported) {
      hasParts ||= sample.part !== 0;
      rows[length++] = { sample, offset };
    }
  }
  const merged = hasParts ? mergeRows(rows) : rows;
  return merged.map(({ sample, offset }) => ({ sample: withExtremes(sample), offset }));
}

function mergeRows(rows: readonly Row[]): readonly Row[] {
  const offsets = new Map<string, number>();
  for (const { sample, offset } of rows) if (!offsets.has(reportKey(sample))) offsets.set(reportKey(sample), offset);
  const exact = new Map(rows.map(({ sample, offset }) => [sample, offset]));
  return mergeParts(rows.map(({ sample }) => sample)).map((sample) => ({
    sample,
    offset: exact.get(sample) ?? offsets.get(reportKey(sample)) ?? rows[0]?.offset ?? 0,
  }));
}

function reportKey({ vin, eventTimeMs }: Sample): string {
  return `${vin}:${eventTimeMs}`;
}
