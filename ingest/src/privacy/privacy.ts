import { createHmac } from "node:crypto";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { Rejection, Sample } from "@bellwether/contracts/sample";
import { parseVin, type Vin } from "@bellwether/contracts/vin";
import type { Outcome, ParkedRecord } from "../blocks/block.ts";
import type { ReportRow } from "../blocks/reportRow.ts";
import { scalarAt } from "../blocks/signalColumns.ts";
import type { IngestConfig } from "../config.ts";
import { withoutPasswords, withoutSecrets } from "./passwords.ts";
import { createSealing } from "./sealing.ts";

/** What may be stored of what came: applied to every outcome before anything is written anywhere. */
export type Protect = (outcome: Outcome) => Outcome;

/** 30 hex digits: 120 bits of the hash, within the 32 characters a vehicle identifier may have. */
const PSEUDONYM_DIGITS = 30;
const SECRET_CHARACTERS_MIN = 16;
/** Vehicles whose pseudonym is remembered: hashing costs 3 µs, a report 5. */
const REMEMBERED_MAX = 200_000;
const POSITION_NAME = /(^|[^a-z])(lat|lon|lng|latitude|longitude|altitude|gps\w*)($|[^a-z])/i;
/** Anything in a detail that could be an identifier: quoted text, or 17 letters and digits in a row. */
const IDENTIFIER = /"(?:[^"\\]|\\.)*"|\b[A-Za-z0-9]{17}\b/g;

const POSITIONS: readonly number[] = [scalarAt("longitudeDeg"), scalarAt("latitudeDeg")];

type PrivacySettings = Pick<
  IngestConfig,
  "ingestVinMode" | "ingestPosition" | "ingestPositionDecimals" | "ingestPrivacySecret" | "ingestDeadLetterBytesMax"
>;

/**
 * The privacy switch. `pseudonym` replaces each VIN by HMAC-SHA-256 of it under INGEST_PRIVACY_SECRET; positions are kept,
 * rounded or dropped. With either, dead letters are sealed (sealing.ts), because their raw bytes hold what was to go.
 * Passwords are masked always. Throws `config_invalid` when a key is needed and absent.
 */
export function createPrivacy(config: PrivacySettings): Protect {
  const { ingestVinMode, ingestPosition, ingestPrivacySecret, ingestDeadLetterBytesMax: bytesMax } = config;
  const isPseudonymous = ingestVinMode === "pseudonym";
  const needsKey = isPseudonymous || ingestPosition !== "keep";
  if (needsKey && (ingestPrivacySecret?.length ?? 0) < SECRET_CHARACTERS_MIN) throw keyMissing();
  const pseudonymOf = isPseudonymous ? createPseudonyms(ingestPrivacySecret ?? "") : undefined;
  const sealing = needsKey ? createSealing(ingestPrivacySecret ?? "") : undefined;

  function protectSample(sample: Sample): Sample {
    const vin = pseudonymOf?.(sample.vin) ?? sample.vin;
    return ingestPosition === "keep" ? { ...sample, vin } : { ...withPosition(sample, config), vin };
  }

  function protectLetter(letter: ParkedRecord): ParkedRecord {
    const value = withoutPasswords(letter.value).subarray(0, bytesMax);
    const headers = withoutSecrets(letter.headers);
    const isWhole = letter.rawBytes <= bytesMax;
    if (sealing === undefined) return { ...letter, value, headers, isWhole };
    const sealed = { value: sealing.seal({ key: letter.key, headers, value }), key: null, headers: {}, isWhole, isSealed: true };
    if (pseudonymOf === undefined) return { ...letter, ...sealed };
    const vin = parseVin(letter.keyText);
    return { ...letter, ...sealed, keyText: vin === null ? "" : pseudonymOf(vin), rejection: withoutIdentifiers(letter.rejection) };
  }

  return (outcome) => {
    const { samples, parked } = outcome;
    if (!needsKey && parked === undefined) return outcome;
    return {
      ...outcome,
      samples: needsKey ? samples.map(protectSample) : samples,
      ...(parked === undefined ? {} : { parked: protectLetter(parked) }),
    };
  };
}

/** The same switch for a report that is laid out already; plain text stays as it is. */
export function createRowPrivacy(config: PrivacySettings): (row: ReportRow) => void {
  const { ingestVinMode, ingestPosition, ingestPositionDecimals, ingestPrivacySecret = "" } = config;
  const pseudonymOf = ingestVinMode === "pseudonym" ? createPseudonyms(ingestPrivacySecret) : undefined;
  return (row) => {
    if (pseudonymOf !== undefined) row.vin = pseudonymOf(row.vin);
    if (ingestPosition === "keep") return;
    for (const position of POSITIONS) {
      const degrees = row.numbers[position] ?? Number.NaN;
      row.numbers[position] = ingestPosition === "drop" ? Number.NaN : Number(degrees.toFixed(ingestPositionDecimals));
    }
  };
}

/** The stored identifier of a vehicle: `P` and 30 hex digits of HMAC-SHA-256(secret, VIN). */
export function createPseudonyms(secret: string): (vin: Vin) => Vin {
  const remembered = new Map<Vin, Vin>();
  return (vin) => {
    const known = remembered.get(vin);
    if (known !== undefined) return known;
    const digits = createHmac("sha256", secret).update(vin).digest("hex").slice(0, PSEUDONYM_DIGITS);
    const pseudonym = parseVin(`P${digits}`);
    if (pseudonym === null) throw new Error("a pseudonym is a vehicle identifier");
    if (remembered.size >= REMEMBERED_MAX) remembered.clear();
    remembered.set(vin, pseudonym);
    return pseudonym;
  };
}

function withPosition(
  sample: Sample,
  { ingestPosition, ingestPositionDecimals }: Pick<PrivacySettings, "ingestPosition" | "ingestPositionDecimals">,
): Sample {
  const { longitudeDeg, latitudeDeg, ...values } = sample.values;
  const extra = sample.extra === undefined ? {} : { extra: withoutPositions(sample.extra) };
  if (ingestPosition === "drop") return { ...sample, values, ...extra };
  const round = (degrees: number) => Number(degrees.toFixed(ingestPositionDecimals));
  return {
    ...sample,
    values: {
      ...values,
      ...(longitudeDeg === undefined ? {} : { longitudeDeg: round(longitudeDeg) }),
      ...(latitudeDeg === undefined ? {} : { latitudeDeg: round(latitudeDeg) }),
    },
    ...extra,
  };
}

/** Numbers without a signal of ours keep the source's name; those named like a position go whatever the setting. */
function withoutPositions(extra: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(extra).filter(([name]) => !POSITION_NAME.test(name)));
}

function withoutIdentifiers({ reason, detail }: Rejection): Rejection {
  return {
    reason,
    detail: detail.replaceAll(IDENTIFIER, "(hidden)").replace(/, got \S+$/, reason === "vin_mismatch" ? ", got another" : "$&"),
  };
}

function keyMissing(): BellwetherError {
  const settings = "INGEST_VIN_MODE=pseudonym, INGEST_POSITION=round and INGEST_POSITION=drop";
  return new BellwetherError(
    "config_invalid",
    `INGEST_PRIVACY_SECRET: expected a secret of at least ${SECRET_CHARACTERS_MIN} characters, which ${settings} need`,
    {
      retryable: false,
    },
  );
}
