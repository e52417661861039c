import { LEAD_STATES, type LeadState } from "@bellwether/contracts/alert";
import { SEVERITIES } from "@bellwether/contracts/finding";
import { useState } from "preact/hooks";
import { api } from "../api.ts";
import type { LeadSummary } from "../apiTypes.ts";
import { SeverityBadge } from "../components/Badge.tsx";
import { Loaded } from "../components/Loaded.tsx";
import { date, number } from "../format.ts";
import { pick, t } from "../language.ts";
import { useLoad, useRefresh } from "../useLoad.ts";
import { LeadView } from "./LeadView.tsx";

const REFRESH_MS = 5_000;

/** The dealer's inbox: cars worth calling on the left, the chosen one's evidence on the right. */
export function LeadsPage({ id }: { id?: string | undefined }) {
  const [state, setState] = useState<LeadState>("offered");
  const leads = useLoad(() => api.leads({ state }), [state]);
  useRefresh(leads.reload, REFRESH_MS);
  return (
    <div class="stack">
      <div class="page-head">
        <div>
          <h1>{t("leadInbox")}</h1>
          <span class="muted">{t("leadInboxHint")}</span>
        </div>
        <div class="filters">
          {LEAD_STATES.map((each) => (
            <button
              key={each}
              type="button"
              class={each === state ? "primary" : ""}
              aria-pressed={each === state}
              onClick={() => setState(each)}
            >
              {t(each)}
            </button>
          ))}
        </div>
      </div>
      <div class="split">
        <Loaded state={leads.state}>{(page) => <LeadList leads={page.items} chosen={id} />}</Loaded>
        {id ? <LeadView key={id} id={id} onChanged={leads.reload} /> : <p class="notice">{t("pickLead")}</p>}
      </div>
    </div>
  );
}

/** The car no longer reports the fault; still worth a call, but after those that do. */
function isOver(lead: LeadSummary): boolean {
  return lead.alertState === "resolved" || lead.alertState === "dismissed";
}

function LeadList({ leads, chosen }: { leads: readonly LeadSummary[]; chosen: string | undefined }) {
  if (leads.length === 0) return <p class="notice">{t("nothingHere")}</p>;
  const sorted = leads.toSorted(
    (a, b) =>
      Number(isOver(a)) - Number(isOver(b)) ||
      SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
      a.actBy.localeCompare(b.actBy),
  );
  return (
    <div class="lead-list">
      {sorted.map((lead) => (
        <a
          key={lead.id}
          class={`lead sev-${lead.severity}`}
          href={`/leads/${lead.id}`}
          aria-current={lead.id === chosen ? "true" : undefined}
        >
          <strong>{pick({ en: lead.title, zh: lead.titleZh })}</strong>
          <SeverityBadge severity={lead.severity} />
          <span class="mono">{lead.vin}</span>
          <span class="muted num">{number(lead.odometerKm, "km")}</span>
          <span class="muted">{isOver(lead) ? t("backToNormal") : t("actBy", { date: date(lead.actBy) })}</span>
        </a>
      ))}
    </div>
  );
}
