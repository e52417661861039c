/** Units of Tesla's telemetry. Nothing names them for the tyres and the isolation, and integrations disagree. */
export const TYRE_PRESSURE_UNITS = ["bar", "atm", "kpa", "psi"] as const;
export type TyrePressureUnit = (typeof TYRE_PRESSURE_UNITS)[number];

export const KPA_PER: Readonly<Record<TyrePressureUnit, number>> = { bar: 100, atm: 101.325, kpa: 1, psi: 6.894757293168361 };
export const KM_PER_MILE = 1.609344;

export const ISOLATION_UNITS = ["kohm", "ohm"] as const;
export type IsolationUnit = (typeof ISOLATION_UNITS)[number];
export const KOHM_PER: Readonly<Record<IsolationUnit, number>> = { kohm: 1, ohm: 0.001 };
