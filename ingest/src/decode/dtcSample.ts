/** A report that carries trouble codes and nothing else. */
import type { DtcReading, Format, Sample } from "@bellwether/contracts/sample";
import type { Vin } from "@bellwether/contracts/vin";

export interface DtcOrigin {
  readonly vin: Vin;
  readonly format: Format;
  readonly eventTimeMs: number;
  readonly receivedTimeMs: number;
  readonly isReissue?: boolean;
}

export function dtcSample({ isReissue = false, ...origin }: DtcOrigin, dtcs: readonly DtcReading[]): Sample {
  return { ...origin, isReissue, part: 0, values: {}, dtcs, quality: [] };
}
