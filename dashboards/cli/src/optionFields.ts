import { parseVin } from "@bellwether/contracts/vin";
import { z } from "zod";

/** What options of several commands take. */

/** A whole number that makes a simulated fleet repeatable. */
export function seed() {
  return z
    .number()
    .int()
    .meta({ expected: `a whole number up to ${Number.MAX_SAFE_INTEGER}` });
}

/** A vehicle, as its identifier is written in messages. */
export function vin() {
  return z
    .string()
    .refine((text) => parseVin(text) !== null)
    .meta({ expected: "a VIN of 1 to 32 letters, digits, _ or -" });
}

/** A day of the calendar. */
export function day() {
  return z.iso.date().meta({ expected: "a day such as 2026-06-01" });
}

/** A file that has to be named. */
export function file(what: string) {
  return z.string().min(1).meta({ expected: what });
}
