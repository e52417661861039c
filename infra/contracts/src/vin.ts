/** Vehicle identification number, upper case, without surrounding blanks or NUL. */
export type Vin = string & { readonly __brand: "Vin" };

const VIN_PATTERN = /^[A-HJ-NPR-Z0-9]{17}$/;
const IDENTIFIER_PATTERN = /^[A-Z0-9_-]{1,32}$/;

/**
 * Normalises a vehicle identifier: trims blanks and NULs, upper-cases.
 * Terminals put shorter ids into the VIN field and some test VINs break the alphabet (protocols 3.3 case 19),
 * so any identifier of 1–32 letters, digits, `_` or `-` is accepted. Returns null for anything else.
 */
export function parseVin(text: string): Vin | null {
  const normalised = text.replaceAll("\0", "").trim().toUpperCase();
  return IDENTIFIER_PATTERN.test(normalised) ? (normalised as Vin) : null;
}

/** Whether the identifier has the form of ISO 3779 (17 characters without I, O, Q); the check digit is not required in China. */
export function isStandardVin(vin: Vin): boolean {
  return VIN_PATTERN.test(vin);
}
