import type { RuleSummary } from "../../apiTypes.ts";
import { t } from "../../language.ts";

type Status = RuleSummary["status"];

/** In the order of the list: what runs first. */
export const RULE_STATUSES_SHOWN: readonly Status[] = ["live", "shadow", "draft", "retired"];

export function StatusBadge({ status }: { status: Status }) {
  return <span class={`badge status-${status}`}>{t(`wb_status_${status}`)}</span>;
}
