import { createHash } from "node:crypto";

/** The id of a weekly finding about a group: the same week after week, so that what still holds is written anew, not again. */
export function fleetFindingId(kind: string, group: string, what: string): string {
  return createHash("sha256").update(`${kind}\n${group}\n${what}`).digest("hex").slice(0, 24);
}
