import { LEAD_STATES, OUTCOMES, type Outcome } from "@bellwether/contracts/alert";
import { useState } from "preact/hooks";
import { api } from "../api.ts";
import type { Lead } from "../apiTypes.ts";
import { SeverityBadge } from "../components/Badge.tsx";
import { EvidenceView } from "../components/FindingCard.tsx";
import { LeadFacts } from "../components/LeadFacts.tsx";
import { Loaded } from "../components/Loaded.tsx";
import { date, dateTime, number } from "../format.ts";
import { language, pick, t } from "../language.ts";
import { useLoad } from "../useLoad.ts";

/** Everything a service advisor needs before calling the owner. */
export function LeadView({ id, onChanged }: { id: string; onChanged: () => void }) {
  const lead = useLoad(() => api.lead(id), [id]);
  const changed = () => {
    lead.reload();
    onChanged();
  };
  return (
    <Loaded state={lead.state}>
      {(value) => (
        <article class="card stack">
          <LeadHead lead={value} />
          <LeadFacts lead={value} />
          <section>
            <h2>{t("ownerTold")}</h2>
            <p>{pick(value.ownerSymptom)}</p>
          </section>
          <section>
            <h2>{t("technician")}</h2>
            <p>{pick(value.technicianSymptom)}</p>
            <WorkList lead={value} />
          </section>
          <section>
            <h2>{t("evidence")}</h2>
            <EvidenceList items={value.evidence} />
          </section>
          <LeadActions lead={value} onChanged={changed} />
        </article>
      )}
    </Loaded>
  );
}

function LeadHead({ lead }: { lead: Lead }) {
  return (
    <div class="page-head">
      <div>
        <h1>{pick({ en: lead.title, zh: lead.titleZh })}</h1>
        <p class="facts">
          <a class="mono" href={`/vehicles/${lead.vin}`}>
            {lead.vin}
          </a>
          <span class="num">{number(lead.odometerKm, "km")}</span>
          <span>{dateTime(lead.offeredAt)}</span>
        </p>
      </div>
      <div class="facts">
        <SeverityBadge severity={lead.severity} />
        <strong>{t("actBy", { date: date(lead.actBy) })}</strong>
        <span class="badge plain">{t(lead.state)}</span>
      </div>
    </div>
  );
}

/** The newest finding of each source in full; its earlier episodes behind one line. */
function EvidenceList({ items }: { items: Lead["evidence"] }) {
  const bySource = Map.groupBy(
    items.toSorted((a, b) => b.evidence.to.localeCompare(a.evidence.to)),
    (item) => `${item.sourceId} ${item.cell}`,
  );
  return (
    <>
      {[...bySource].map(([source, [newest, ...earlier]]) => (
        <div key={source} class="finding">
          {newest && <EvidenceItem item={newest} />}
          {earlier.length > 0 && (
            <details>
              <summary>{t("earlier", { count: earlier.length })}</summary>
              {earlier.map((item) => (
                <EvidenceItem key={item.findingId} item={item} />
              ))}
            </details>
          )}
        </div>
      ))}
    </>
  );
}

function EvidenceItem({ item }: { item: Lead["evidence"][number] }) {
  return (
    <div>
      <p>{pick(item.sentence)}</p>
      <EvidenceView evidence={item.evidence} />
    </div>
  );
}

function WorkList({ lead }: { lead: Lead }) {
  const list = (texts: { en: string[]; zh: string[] }) =>
    (language.value === "zh" ? texts.zh : texts.en).join(language.value === "zh" ? ";" : "; ");
  return (
    <dl class="pairs">
      <dt>{t("operations")}</dt>
      <dd>{list(lead.operations) || "–"}</dd>
      <dt>{t("parts")}</dt>
      <dd>{list(lead.parts) || "–"}</dd>
      <dt>{t("labour")}</dt>
      <dd class="num">{lead.labourHours === null ? "–" : t("hours", { count: lead.labourHours })}</dd>
    </dl>
  );
}

const PROGRESS = ["contacted", "booked", "in_service"] as const;

function LeadActions({ lead, onChanged }: { lead: Lead; onChanged: () => void }) {
  const [outcome, setOutcome] = useState<Outcome>("confirmed");
  const [note, setNote] = useState("");
  const [slot, setSlot] = useState("");
  const [failure, setFailure] = useState("");
  // A key for writing alone is answered with nothing.
  const run = (action: Promise<Lead | undefined>) =>
    action.then(onChanged, (error: unknown) => setFailure(error instanceof Error ? error.message : String(error)));
  if (lead.state === "closed") {
    return (
      <p class="facts">
        <strong>{lead.outcome ? t(`outcome_${lead.outcome}`) : ""}</strong>
        <span>{dateTime(lead.closedAt)}</span>
        <span>{lead.note}</span>
      </p>
    );
  }
  return (
    <section class="stack">
      {failure !== "" && <p class="notice bad">{failure}</p>}
      {lead.state === "offered" && (
        <button type="button" class="primary" onClick={() => run(api.acceptLead(lead.id))}>
          {t("accept")}
        </button>
      )}
      {lead.state !== "offered" && (
        <>
          <div class="filters">
            {PROGRESS.filter((each) => LEAD_STATES.indexOf(each) > LEAD_STATES.indexOf(lead.state)).map((each) => (
              <button
                key={each}
                type="button"
                onClick={() => run(api.progressLead(lead.id, each, each === "booked" && slot !== "" ? slot : null))}
              >
                {t(`mark_${each}`)}
              </button>
            ))}
          </div>
          <SlotChoice lead={lead} chosen={slot} onChange={setSlot} />
          <label>
            {t("outcome")}
            <select
              value={outcome}
              onChange={(event) => setOutcome(OUTCOMES.find((each) => each === event.currentTarget.value) ?? "confirmed")}
            >
              {OUTCOMES.map((each) => (
                <option key={each} value={each}>
                  {t(`outcome_${each}`)}
                </option>
              ))}
            </select>
          </label>
          <label>
            {t("note")}
            <textarea rows={2} value={note} onInput={(event) => setNote(event.currentTarget.value)} />
          </label>
          <button type="button" class="primary" onClick={() => run(api.closeLead(lead.id, outcome, note))}>
            {t("close")}
          </button>
        </>
      )}
    </section>
  );
}

/** The appointment that "Visit booked" names, of the workshop's free ones. */
function SlotChoice({ lead, chosen, onChange }: { lead: Lead; chosen: string; onChange: (startsAt: string) => void }) {
  const { appointments } = lead.context;
  if (appointments.length === 0 || LEAD_STATES.indexOf(lead.state) >= LEAD_STATES.indexOf("booked")) return null;
  return (
    <label>
      {t("lead_slot")}
      <select value={chosen} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">{t("lead_noSlot")}</option>
        {appointments.map(({ startsAt }) => (
          <option key={startsAt} value={startsAt}>
            {dateTime(startsAt)}
          </option>
        ))}
      </select>
    </label>
  );
}
