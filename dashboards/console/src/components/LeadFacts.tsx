import type { Lead } from "../apiTypes.ts";
import { date, dateTime, number } from "../format.ts";
import { pick, pickList, t } from "../language.ts";
import { componentName } from "./Badge.tsx";

type Context = Lead["context"];

/** What an advisor wants to know before calling: how sure it is, who pays, when there is room, what was before. */
export function LeadFacts({ lead }: { lead: Lead }) {
  const { context } = lead;
  const { vehicle, trackRecord, falsePositives, falsePositivesZh, warranty, appointments, visits, contact } = context;
  const software = softwareText(vehicle);
  return (
    <section>
      <h2>{t("lead_about")}</h2>
      <dl class="pairs">
        <Clock lead={lead} />
        <Limit limit={context.limitReached} />
        <dt>{t("lead_record")}</dt>
        <dd>{listOf(recordLines(trackRecord))}</dd>
        {falsePositives.length > 0 && (
          <>
            <dt>{t("lead_falsePositives")}</dt>
            <dd>{pickList(falsePositives, falsePositivesZh).join(" ")}</dd>
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
        {warranty.goodwillUntil !== null && (
          <>
            <dt>{t("lead_goodwill")}</dt>
            <dd>{date(warranty.goodwillUntil)}</dd>
          </>
        )}
        {software !== "" && (
          <>
            <dt>{t("lead_software")}</dt>
            <dd>{software}</dd>
          </>
        )}
        <dt>{t("lead_windows")}</dt>
        <dd>{appointments.length === 0 ? t("lead_noWindows") : listOf(appointments.map(windowText))}</dd>
        <dt>{t("lead_visits")}</dt>
        <dd>{visits.length === 0 ? t("lead_none") : listOf(visits.slice(0, VISITS_SHOWN).map(visitText))}</dd>
        <Course context={context} />
        <dt>{t("lead_contact")}</dt>
        <dd>{contact.mayContact ? t("lead_yes", { date: date(contact.consentAt) }) : t("lead_no")}</dd>
      </dl>
    </section>
  );
}

/** When what is measured may reach its limit. */
function Limit({ limit }: { limit: Lead["context"]["limitReached"] }) {
  if (limit === null) return null;
  const dates = { earliest: date(limit.earliest), central: date(limit.central) };
  const text = limit.latest === null ? t("lead_limitOpen", dates) : t("lead_limitBetween", { ...dates, latest: date(limit.latest) });
  return (
    <>
      <dt>{t("lead_limit")}</dt>
      <dd>{text}</dd>
    </>
  );
}

/** Until when to accept, and the appointment that was made. */
function Clock({ lead: { state, acceptBy, bookedFor } }: { lead: Lead }) {
  return (
    <>
      {state === "offered" && acceptBy !== null && (
        <>
          <dt>{t("lead_acceptBy")}</dt>
          <dd>{dateTime(acceptBy)}</dd>
        </>
      )}
      {bookedFor !== null && (
        <>
          <dt>{t("lead_bookedFor")}</dt>
          <dd>{dateTime(bookedFor)}</dd>
        </>
      )}
    </>
  );
}

/** What this car had before, what its owner asked for, and which parts such visits took. */
function Course({ context: { earlierLeads, ownerWishes, partsNeeded, alternatives } }: { context: Context }) {
  const used = partsNeeded.flatMap(({ probability, ...part }) =>
    probability === null ? [] : [t("lead_partShare", { part: pick(part), share: number(probability * 100), visits: part.visits })],
  );
  return (
    <>
      <Row name={t("lead_parts")} lines={used} />
      <Row
        name={t("lead_alternatives")}
        lines={alternatives.map(({ name, used: times, visits }) => t("lead_alternative", { name, times, visits }))}
      />
      <Row name={t("lead_earlier")} lines={earlierLeads.slice(0, VISITS_SHOWN).map(earlierText)} />
      <Row name={t("lead_wishes")} lines={ownerWishes.map(({ action, at }) => `${dateTime(at)} · ${t(`lead_wish_${action}`)}`)} />
    </>
  );
}

function Row({ name, lines }: { name: string; lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{listOf(lines)}</dd>
    </>
  );
}

function earlierText({ offeredAt, component, state, outcome }: Context["earlierLeads"][number]): string {
  return `${date(offeredAt)} · ${componentName(component)} · ${outcome === null ? t(state) : t(`outcome_${outcome}`)}`;
}

const VISITS_SHOWN = 5;

function listOf(lines: readonly string[]) {
  return lines.map((line) => <div key={line}>{line}</div>);
}

/** One line per source that has been judged often enough, and one for all others. */
function recordLines(records: Context["trackRecord"]): readonly string[] {
  const judged = records.flatMap(({ confidence, falseAlarms, verdicts, ...source }) => {
    if (confidence === null) return [];
    const share = t("lead_recordShare", { right: verdicts - falseAlarms, count: verdicts, share: number(confidence * 100) });
    return [t("lead_recordOf", { source: sourceName(source), record: share })];
  });
  const few = records.filter(({ confidence }) => confidence === null);
  if (few.length === 0) return judged;
  const named = few.map((record) => t("lead_recordCount", { source: sourceName(record), count: record.verdicts }));
  return [...judged, t("lead_recordFew", { sources: named.join(t("lead_and")) })];
}

function sourceName({ title, sourceId }: Pick<Context["trackRecord"][number], "title" | "sourceId">): string {
  return title === null ? sourceId : pick(title);
}

/** As the maker names it, and what the battery management reported. */
function softwareText(vehicle: Context["vehicle"]): string {
  const { softwareVersion = null, batterySoftware = null } = vehicle ?? {};
  const battery =
    batterySoftware === null
      ? []
      : [t("lead_batterySoftware", { version: String(batterySoftware.version), date: date(batterySoftware.day) })];
  return [...(softwareVersion === null ? [] : [softwareVersion]), ...battery].join(" · ");
}

function windowText({ startsAt, isLate }: Context["appointments"][number]): string {
  return isLate ? `${dateTime(startsAt)} (${t("lead_late")})` : dateTime(startsAt);
}

function visitText({ at, component, outcome }: Context["visits"][number]): string {
  return `${date(at)} · ${componentName(component)} · ${t(`outcome_${outcome}`)}`;
}
