import type { Finding } from "@bellwether/contracts/finding";

/** A finding and the moment in event time at which it had to be told, whatever the batch it came in. */
export interface DatedFinding {
  readonly atMs: number;
  readonly finding: Finding;
}
