import type { DtcReading, QualityMark, Sample } from "@bellwether/contracts/sample";
import { isFragment, mergedPart } from "./fragmentPart.ts";
import { uniqueBy } from "./mergeParts.ts";

/**
 * Puts fragments of one vehicle and moment together where the first of them stood; of a signal that several carry, the last one's
 * reading counts. All other samples stay as they are. O(samples).
 */
export function mergeFragments(samples: readonly Sample[]): readonly Sample[] {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    if (!isFragment(sample)) continue;
    const group = groups.get(keyOf(sample));
    if (group === undefined) groups.set(keyOf(sample), [sample]);
    else group.push(sample);
  }
  return samples.flatMap((sample) => {
    const group = isFragment(sample) ? (groups.get(keyOf(sample)) ?? []) : [];
    if (group.length < 2) return [sample];
    return group[0] === sample ? [merged(sample, group)] : [];
  });
}

function keyOf({ vin, eventTimeMs, format }: Sample): string {
  return `${vin}:${eventTimeMs}:${format}`;
}

function merged(first: Sample, group: readonly Sample[]): Sample {
  const extras = group.flatMap(({ extra }) => (extra === undefined ? [] : [extra]));
  const marks = group.flatMap(({ quality }) => quality);
  const said = {
    values: lastKnown(group.map(({ values }) => values)),
    ...(extras.length === 0 ? {} : { extra: lastKnown(extras) }),
    quality: uniqueBy(marks, ({ signal, reason }: QualityMark) => `${signal}:${reason}`),
  };
  const codes = group.flatMap(({ dtcs }) => dtcs);
  return { ...first, part: mergedPart(said), ...said, dtcs: uniqueBy(codes, ({ system, code }: DtcReading) => `${system}:${code}`) };
}

/** All keys of all objects; of a key that several have, the last one's. */
function lastKnown<T extends object>(objects: readonly T[]): T {
  return Object.assign({}, ...objects);
}
