/** Units of Tesla's telemetry. Its documentation names none for the tyres; integrations disagree between bar and atm. */
export const TYRE_PRESSURE_UNITS = ["bar", "atm", "kpa", "psi"] as const;
export type TyrePressureUnit = (typeof TYRE_PRESSURE_UNITS)[number];

export const KPA_PER: Readonly<Record<TyrePressureUnit, number>> = { bar: 100, atm: 101.325, kpa: 1, psi: 6.894757293168361 };
export const KM_PER_MILE = 1.609344;
