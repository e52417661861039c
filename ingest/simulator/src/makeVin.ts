import { BellwetherError } from "@bellwether/contracts/errors";
import { parseVin, type Vin } from "@bellwether/contracts/vin";

/** Letter values and position weights of the check digit, 49 CFR 565.15 (also used in GB 16735). */
const LETTER_VALUES: Readonly<Record<string, number>> = {
  ...{ A: 1, B: 2, C: 3, D: 4, E: 5, F: 6, G: 7, H: 8, J: 1, K: 2, L: 3, M: 4, N: 5, P: 7, R: 9 },
  ...{ S: 2, T: 3, U: 4, V: 5, W: 6, X: 7, Y: 8, Z: 9 },
};
const WEIGHTS = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2] as const;
/** Model-year letters from 2010 on; I, O, Q, U, Z and 0 are not used. */
const YEAR_CODES = "ABCDEFGHJKLMNPRSTVWXY123456789";

/** The check digit of a 17-character VIN, whatever stands at position 9: "0"…"9" or "X". Example: 1M8GDM9A_KP042788 → "X". */
export function vinCheckDigit(vin: string): string {
  const sum = WEIGHTS.reduce<number>((total, weight, i) => total + weight * characterValue(vin[i] ?? "0"), 0);
  return sum % 11 === 10 ? "X" : String(sum % 11);
}

/** Makes a VIN with a valid check digit from a 5-character description, the model year and a serial number below a million. */
export function makeVin(vds: string, modelYear: number, serial: number): Vin {
  const year = YEAR_CODES[(modelYear - 2010) % YEAR_CODES.length] ?? "A";
  const open = `LBW${vds}0${year}B${String(serial).padStart(6, "0")}`;
  const vin = parseVin(`${open.slice(0, 8)}${vinCheckDigit(open)}${open.slice(9)}`);
  if (vin === null) throw new BellwetherError("config_invalid", `expected a VIN, got ${open}`, { retryable: false });
  return vin;
}

function characterValue(character: string): number {
  return LETTER_VALUES[character] ?? (Number(character) || 0);
}
