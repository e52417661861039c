import type { RuleDetail } from "../../apiTypes.ts";
import { date, dateTime, number } from "../../format.ts";
import { pick, pickList, t } from "../../language.ts";

/** Why the rule is as it is, where it differs, and what its operating point rests on. */
export function RuleFacts({ rule }: { rule: RuleDetail }) {
  return (
    <section class="card">
      <h2>{t("wb_about")}</h2>
      <p>{pick({ en: rule.rationale, zh: rule.rationaleZh })}</p>
      <Points title={t("wb_catches")} items={pickList(rule.catches, rule.catchesZh)} />
      <Points title={t("wb_falsePositives")} items={pickList(rule.falsePositives, rule.falsePositivesZh)} />
      {rule.overrides.length > 0 && (
        <>
          <h3>{t("wb_overrides")}</h3>
          <ul class="plain">
            {rule.overrides.map(({ where, set }) => (
              <li key={JSON.stringify(where)} class="num">
                {Object.values(where).join(", ")}:{" "}
                {Object.entries(set)
                  .map(([name, value]) => `${name} = ${number(value, "", 4)}`)
                  .join(", ")}
              </li>
            ))}
          </ul>
        </>
      )}
      {rule.evidence !== null && (
        <p class="muted num">
          {t("wb_evidence", { by: rule.evidence.chosenBy, on: date(rule.evidence.chosenOn), hash: rule.evidence.resultHash.slice(0, 12) })}
        </p>
      )}
    </section>
  );
}

/** A list under a heading of its own. */
export function Points({ title, items }: { title: string; items: readonly string[] }) {
  return (
    <>
      <h3>{title}</h3>
      <ul class="plain">
        {items.map((item) => (
          <li key={item}>{item}</li>
        ))}
      </ul>
    </>
  );
}

/** Drafts of the rule and who did what to it. */
export function RuleHistory({ rule }: { rule: RuleDetail }) {
  const drafts = rule.drafts.filter(({ state }) => state === "draft");
  return (
    <section class="card">
      <h2>{t("wb_history")}</h2>
      {drafts.length > 0 && (
        <ul class="plain">
          {drafts.map((draft) => (
            <li key={draft.id}>
              <a href={`/rules/${rule.id}?draft=${draft.id}`}>{t("wb_draftBy", { author: draft.author })}</a>{" "}
              <span class="muted">{dateTime(draft.updatedAt)}</span>
            </li>
          ))}
        </ul>
      )}
      {rule.events.length === 0 && <p class="notice">{t("nothingHere")}</p>}
      <ul class="plain">
        {rule.events.map((event) => (
          <li key={event.seq}>
            <strong>{event.action}</strong> <span class="mono">{event.ruleId}</span> {event.detail}
            <div class="muted">
              {event.actor}, {dateTime(event.at)}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
