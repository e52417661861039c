import { createHash } from "node:crypto";
import type { Severity } from "@bellwether/contracts/finding";

/**
 * Ids follow from what they name, so that a decision made twice writes the same rows once.
 * 80 bits of SHA-256 in hex: a collision among 10^9 alerts has a chance below 10^-6.
 */
function digest(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 20);
}

/** The severity too: a finding that grew worse behind a closed alert, and within the same moment, opens one of its own. */
export function alertIdOf(opening: Opening): string {
  return `al-${digest(opening.vin, opening.component, opening.findingId, opening.severity, String(opening.decidedAtMs))}`;
}

interface Opening {
  readonly vin: string;
  readonly component: string;
  readonly findingId: string;
  readonly severity: Severity;
  readonly decidedAtMs: number;
}

export function leadIdOf(alertId: string): string {
  return `ld-${digest(alertId)}`;
}

/** One message per intention: the same alert, audience and reason at the same decision is the same notification. */
export function notificationIdOf(intent: { alertId: string; audience: string; reason: string; decidedAtMs: number }): string {
  return `nt-${digest(intent.alertId, intent.audience, intent.reason, String(intent.decidedAtMs))}`;
}

export function labelIdOf(label: { alertId: string; sourceId: string }): string {
  return `lb-${digest(label.alertId, label.sourceId)}`;
}
