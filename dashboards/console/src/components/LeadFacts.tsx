import type { Lead } from "../apiTypes.ts";
import { date, dateTime, number } from "../format.ts";
import { t } from "../language.ts";
import { componentName } from "./Badge.tsx";

type Context = Lead["context"];

/** What an advisor wants to know before calling: how sure it is, who pays, when there is room, what was before. */
export function LeadFacts({ context }: { context: Context }) {
  const { trackRecord, falsePositives, warranty, appointments, visits, contact } = context;
  return (
    <section>
      <h2>{t("lead_about")}</h2>
      <dl class="pairs">
        <dt>{t("lead_record")}</dt>
        <dd>{listOf(trackRecord.map(recordText))}</dd>
        {falsePositives.length > 0 && (
          <>
            <dt>{t("lead_falsePositives")}</dt>
            <dd>{falsePositives.join(" ")}</dd>
          </>
        )}
        <dt>{t("lead_payer")}</dt>
        <dd>{warranty.payer === null ? t("lead_unknown") : t(`lead_payer_${warranty.payer}`)}</dd>
        {warranty.until !== null && (
          <>
            <dt>{t("lead_warranty")}</dt>
            <dd>{date(warranty.until)}</dd>
          </>
        )}
        <dt>{t("lead_windows")}</dt>
        <dd>{appointments.length === 0 ? t("lead_noWindows") : listOf(appointments.map(windowText))}</dd>
        <dt>{t("lead_visits")}</dt>
        <dd>{visits.length === 0 ? t("lead_none") : listOf(visits.slice(0, VISITS_SHOWN).map(visitText))}</dd>
        <dt>{t("lead_contact")}</dt>
        <dd>{contact.mayContact ? t("lead_yes", { date: date(contact.consentAt) }) : t("lead_no")}</dd>
      </dl>
    </section>
  );
}

const VISITS_SHOWN = 5;

function listOf(lines: readonly string[]) {
  return lines.map((line) => <div key={line}>{line}</div>);
}

function recordText({ verdicts, falseAlarms, confidence }: Context["trackRecord"][number]): string {
  if (confidence === null) return t("lead_recordFew", { count: verdicts });
  return t("lead_recordShare", { right: verdicts - falseAlarms, count: verdicts, share: number(confidence * 100) });
}

function windowText({ startsAt, isLate }: Context["appointments"][number]): string {
  return isLate ? `${dateTime(startsAt)} (${t("lead_late")})` : dateTime(startsAt);
}

function visitText({ at, component, outcome }: Context["visits"][number]): string {
  return `${date(at)} · ${componentName(component)} · ${t(`outcome_${outcome}`)}`;
}
