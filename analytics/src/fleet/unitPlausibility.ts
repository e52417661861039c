/**
 * Whether a model's numbers are in the unit they claim: a whole model that reads 33 kPa in its tyres sends psi. One wrong factor in a
 * decoder spoils every vehicle alike, so peers never show it; only what is physically usual does (methods 0.1, 0.2).
 */
export interface UnitSpec {
  readonly family: string;
  readonly feature: string;
  /** What the catalogue says. */
  readonly unit: string;
  /** Where the median of a model's vehicles lies on healthy cars. */
  readonly low: number;
  readonly high: number;
  /** Units it may be in instead: value in our unit = value * factor + offset. */
  readonly candidates: readonly UnitCandidate[];
}

export interface UnitCandidate {
  readonly name: string;
  readonly factor: number;
  readonly offset: number;
}

const times = (name: string, factor: number): UnitCandidate => ({ name, factor, offset: 0 });
const FAHRENHEIT: UnitCandidate = { name: "°F", factor: 5 / 9, offset: -160 / 9 };
const KELVIN: UnitCandidate = { name: "K", factor: 1, offset: -273.15 };

export const UNIT_SPECS: readonly UnitSpec[] = [
  {
    family: "quality",
    feature: "tyreMedianKpa",
    unit: "kPa",
    low: 150,
    high: 1000,
    candidates: [times("psi", 6.894757), times("bar", 100)],
  },
  {
    family: "quality",
    feature: "odometerBySpeed",
    unit: "km by odometer per km by speed",
    low: 0.85,
    high: 1.15,
    candidates: [times("odometer in miles", 1.609344), times("speed in miles per hour", 1 / 1.609344), times("odometer in metres", 0.001)],
  },
  { family: "quality", feature: "packTempMedianC", unit: "°C", low: -30, high: 55, candidates: [FAHRENHEIT, KELVIN] },
  { family: "quality", feature: "ambientMedianC", unit: "°C", low: -40, high: 45, candidates: [FAHRENHEIT, KELVIN] },
  { family: "quality", feature: "coolantMedianC", unit: "°C", low: -30, high: 110, candidates: [FAHRENHEIT, KELVIN] },
  { family: "quality", feature: "auxMedianV", unit: "V", low: 9, high: 32, candidates: [times("mV", 0.001), times("0.1 V", 0.1)] },
  {
    family: "quality",
    feature: "cellMedianV",
    unit: "V",
    low: 2,
    high: 4.5,
    candidates: [times("two cells per reading", 0.5), times("0.1 V", 0.1)],
  },
  {
    family: "load-steps",
    feature: "parkedCurrentA",
    unit: "A",
    low: -50,
    high: 50,
    candidates: [
      { name: "offset of the 2025 edition in a 2016 frame", factor: 1, offset: 2000 },
      { name: "offset of the 2016 edition in a 2025 frame", factor: 1, offset: -2000 },
      { name: "no offset taken off", factor: 1, offset: -1000 },
    ],
  },
];

/** Which unit the number is in instead; `null` name: none that is known. Null: it is plausible as it stands. */
export function implausibleUnit(spec: UnitSpec, median: number): { readonly candidate: UnitCandidate | null } | null {
  const isUsual = (value: number) => value >= spec.low && value <= spec.high;
  if (isUsual(median)) return null;
  return { candidate: spec.candidates.find(({ factor, offset }) => isUsual(median * factor + offset)) ?? null };
}
