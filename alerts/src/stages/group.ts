import type { Finding } from "@bellwether/contracts/finding";
import type { Queryable } from "@bellwether/postgres/open";
import type { AlertSnapshot, FindingMark } from "../alert/alertState.ts";
import { findAlertFor, findMarkElsewhere, lockComponent } from "../alert/alertStore.ts";

export interface Grouped {
  readonly finding: Finding;
  readonly mark: FindingMark;
  readonly before: AlertSnapshot | null;
  readonly heardElsewhere: FindingMark | null;
  /** The silence or the critical alert that keeps people from being told. */
  readonly suppressedBy: string | null;
}

/** Which alert the finding meets: one per vehicle and component. */
export async function group(tx: Queryable, finding: Finding): Promise<Grouped> {
  const { vin, component } = finding;
  await lockComponent(tx, vin, component);
  const before = await findAlertFor(tx, { vin, component, findingId: finding.id });
  const heardElsewhere = await findMarkElsewhere(tx, finding, before?.id ?? null);
  return { finding, mark: toMark(finding), before, heardElsewhere, suppressedBy: null };
}

function toMark(finding: Finding): FindingMark {
  return {
    id: finding.id,
    severity: finding.severity,
    state: finding.state,
    firstSeenMs: Date.parse(finding.firstSeen),
    lastSeenMs: Date.parse(finding.lastSeen),
  };
}
