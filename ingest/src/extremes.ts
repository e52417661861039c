import type { Sample } from "@bellwether/contracts/sample";

interface Extremes {
  readonly max: number;
  readonly maxIndex: number;
  readonly min: number;
  readonly minIndex: number;
}

/**
 * Fills in the highest and lowest cell and probe where the format does not carry them (GB/T 32960-2025, our JSON).
 * Only complete lists count: the greatest of some cells is not the greatest of the pack. What the car itself says stands.
 */
export function withExtremes(sample: Sample): Sample {
  const { values } = sample;
  const isWhole = sample.part === 0;
  const cells = isWhole && needsCells(sample) ? extremesOf(values.cellVoltagesV) : undefined;
  const probes = isWhole && needsProbes(sample) ? extremesOf(values.probeTempsC) : undefined;
  if (cells === undefined && probes === undefined) return sample;
  return {
    ...sample,
    values: {
      ...values,
      ...(cells === undefined ? {} : cellSignals(cells)),
      ...(probes === undefined ? {} : probeSignals(probes)),
    },
  };
}

function needsCells({ values }: Sample): boolean {
  return values.cellVoltageMaxV === undefined && values.cellVoltageMinV === undefined;
}

function needsProbes({ values }: Sample): boolean {
  return values.probeTempMaxC === undefined && values.probeTempMinC === undefined;
}

function cellSignals({ max, maxIndex, min, minIndex }: Extremes) {
  return { cellVoltageMaxV: max, cellVoltageMaxIndex: maxIndex, cellVoltageMinV: min, cellVoltageMinIndex: minIndex };
}

function probeSignals({ max, maxIndex, min, minIndex }: Extremes) {
  return { probeTempMaxC: max, probeTempMaxIndex: maxIndex, probeTempMinC: min, probeTempMinIndex: minIndex };
}

/** Highest and lowest element with their numbers counted from 1; undefined where the list is absent, empty or has gaps. */
function extremesOf(list: readonly (number | null)[] | undefined): Extremes | undefined {
  const first = list?.[0];
  if (list === undefined || first === undefined || first === null) return undefined;
  let max = first;
  let min = first;
  let maxIndex = 1;
  let minIndex = 1;
  for (const [i, element] of list.entries()) {
    if (element === null) return undefined;
    if (element > max) [max, maxIndex] = [element, i + 1];
    if (element < min) [min, minIndex] = [element, i + 1];
  }
  return { max, maxIndex, min, minIndex };
}
