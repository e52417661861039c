/** What trouble codes mean, from `data/dtc-codes.yaml`: for messages, pages and rules, never for decoding. */
import { readFileSync } from "node:fs";
import { BellwetherError } from "@bellwether/contracts/errors";
import { COMPONENTS } from "@bellwether/contracts/finding";
import type { DtcReading } from "@bellwether/contracts/sample";
import { parse } from "yaml";
import { z } from "zod";

const BUNDLED = new URL("../../../data/dtc-codes.yaml", import.meta.url);

const entrySchema = z.strictObject({
  meaning: z.string().min(1),
  meaningZh: z.string().min(1),
  /** The part of the car, in words. */
  system: z.string().min(1),
  component: z.enum(COMPONENTS),
  /** 4 stop safely now, 3 workshop before further use, 2 within a week, 1 at the next service, 0 information. */
  urgency: z.int().min(0).max(4),
  /** Whose words owner and dealer are told: a file of `analytics/rules/detectors`. Absent: what is said of any trouble code. */
  texts: z.string().min(1).optional(),
});
const tableSchema = z.strictObject({
  codes: z.record(z.string(), entrySchema),
  makers: z.record(z.string(), z.record(z.string(), entrySchema)),
  failureTypes: z.record(z.string().regex(/^[0-9A-F]{2}$/), z.string()),
  failureModes: z.record(z.string().regex(/^\d{1,2}$/), z.string()),
});

export type CodeTable = z.infer<typeof tableSchema>;

export interface CodeMeaning extends z.infer<typeof entrySchema> {
  /** What is wrong with what the code names; absent where the code does not say, or says what is not listed. */
  readonly failure?: string;
}

/** Reads a code table; throws `config_invalid` where the file does not hold one. */
export function loadCodeTable(file: URL | string = BUNDLED): CodeTable {
  try {
    return tableSchema.parse(parse(readFileSync(file, "utf8")));
  } catch (cause) {
    throw new BellwetherError("config_invalid", `expected a table of trouble codes in ${String(file)}`, { retryable: false, cause });
  }
}

/**
 * What a reading means, or null where the table does not know it. Maker codes are looked up by the longest prefix of the VIN,
 * and win over the common ones. Codes of other systems that happen to be spelled alike are not confused: only `obd` and `uds`
 * have common entries.
 */
export function meaningOf(table: CodeTable, { system, code, failureType }: DtcReading, vin = ""): CodeMeaning | null {
  const isSae = system === "obd" || system === "uds";
  const base = system === "uds" ? code.slice(0, 5) : code;
  const entry = makerEntry(table, base, vin) ?? (isSae && Object.hasOwn(table.codes, base) ? table.codes[base] : undefined);
  if (entry === undefined) return null;
  const failure = failureOf(table, system, failureType);
  return failure === undefined ? entry : { ...entry, failure };
}

/** Every file of words that an entry of the table, a maker's included, names; sorted. */
export function textsOf({ codes, makers }: CodeTable): readonly string[] {
  const entries = [codes, ...Object.values(makers)].flatMap((group) => Object.values(group));
  return [...new Set(entries.flatMap(({ texts }) => texts ?? []))].sort();
}

function makerEntry({ makers }: CodeTable, code: string, vin: string): z.infer<typeof entrySchema> | undefined {
  const prefixes = Object.keys(makers).filter((prefix) => vin.startsWith(prefix));
  prefixes.sort((a, b) => b.length - a.length);
  const own = prefixes.find((prefix) => Object.hasOwn(makers[prefix] ?? {}, code));
  return own === undefined ? undefined : makers[own]?.[code];
}

function failureOf(table: CodeTable, system: DtcReading["system"], failureType: number | undefined): string | undefined {
  if (failureType === undefined) return undefined;
  if (system === "j1939") return table.failureModes[String(failureType)];
  return table.failureTypes[failureType.toString(16).toUpperCase().padStart(2, "0")];
}
