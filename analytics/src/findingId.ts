import { createHash } from "node:crypto";
import type { Component } from "@bellwether/contracts/finding";

export interface FindingKey {
  readonly vin: string;
  readonly sourceId: string;
  readonly component: Component;
  readonly cell: number | null;
  /** Start of the episode: ms since 1970, or the day a detector first reported it. */
  readonly start: number | string;
}

/** The same episode always gets the same id, so that processing it again updates it: 24 hex digits of a SHA-256. */
export function findingId({ vin, sourceId, component, cell, start }: FindingKey): string {
  return createHash("sha256")
    .update([vin, sourceId, component, cell ?? "", start].join("|"))
    .digest("hex")
    .slice(0, 24);
}
