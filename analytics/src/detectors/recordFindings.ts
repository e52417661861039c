import type { Finding } from "@bellwether/contracts/finding";
import type { FiringRow } from "../rules/firings.ts";

/**
 * A detector's finding as a line of the record of firings, beside those of rules. Its episode begins when it was first known,
 * because a detector decides once a day.
 */
export function firingOf(finding: Finding, stage: "live" | "shadow"): FiringRow {
  const { source, vin, component, cell, firstSeen, lastSeen, state } = finding;
  return {
    rule_id: source.id,
    rule_version: source.version,
    vin,
    started_at: firstSeen,
    known_at: firstSeen,
    last_firing: lastSeen,
    cleared_at: state === "cleared" ? lastSeen : null,
    stage,
    is_withdrawn: false,
    subject: cell === null ? component : `${component}/${cell}`,
  };
}
