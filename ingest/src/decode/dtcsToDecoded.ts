/** A report that carries trouble codes and nothing else. */
import type { Decoded, DtcReading, Format } from "@bellwether/contracts/sample";
import type { Vin } from "@bellwether/contracts/vin";

export interface DtcOrigin {
  readonly vin: Vin;
  readonly format: Format;
  readonly eventTimeMs: number;
  readonly receivedTimeMs: number;
  readonly isReissue?: boolean;
}

/** The codes as a sample; without a code there is nothing to keep but the count. */
export function dtcsToDecoded({ isReissue = false, ...origin }: DtcOrigin, dtcs: readonly DtcReading[]): Decoded {
  if (dtcs.length === 0) return { kind: "ignored", what: "no_codes" };
  return { kind: "samples", samples: [{ ...origin, isReissue, part: 0, values: {}, dtcs, quality: [] }] };
}
