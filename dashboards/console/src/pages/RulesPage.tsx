import type { RuleList, RuleSummary } from "../apiTypes.ts";
import { componentName } from "../components/Badge.tsx";
import { Loaded } from "../components/Loaded.tsx";
import { DetectorList } from "../components/workbench/DetectorList.tsx";
import { RULE_STATUSES_SHOWN, StatusBadge } from "../components/workbench/StatusBadge.tsx";
import { date, number } from "../format.ts";
import { pick, t } from "../language.ts";
import { useLoad } from "../useLoad.ts";
import { workbench } from "../workbenchApi.ts";
import "../workbench.css";

/** Every rule with its status and what became of its firings on live data; below, the detectors. */
export function RulesPage() {
  const rules = useLoad(workbench.rules, []);
  return (
    <div class="stack">
      <div class="page-head">
        <div>
          <h1>{t("wb_rules")}</h1>
          <span class="muted">{t("wb_rulesHint")}</span>
        </div>
        <div class="filters">
          <a class="button" href="/compare">
            {t("wb_compare")}
          </a>
          <a class="button" href="/explain">
            {t("wb_explain")}
          </a>
        </div>
      </div>
      <Loaded state={rules.state}>
        {({ items, detectors, problems, dir }) => (
          <>
            {problems.length > 0 && <ProblemCard problems={problems} />}
            <section class="card">
              {!dir.isWritable && <p class="notice">{t("wb_readOnly", { reason: dir.reason ?? "" })}</p>}
              <div class="scroll">
                <table>
                  <thead>
                    <tr>
                      <th>{t("wb_rule")}</th>
                      <th>{t("wb_status")}</th>
                      <th class="wide">{t("wb_component")}</th>
                      <th class="right">{t("wb_firings")}</th>
                      <th class="right wide">{t("wb_alertsLive")}</th>
                      <th>{t("wb_verdicts")}</th>
                      <th class="wide">{t("wb_lastFiring")}</th>
                    </tr>
                  </thead>
                  <tbody>{sorted(items).map(RuleRow)}</tbody>
                </table>
              </div>
            </section>
            <DetectorList detectors={detectors} />
          </>
        )}
      </Loaded>
    </div>
  );
}

/** Files the loader refuses, with their place. */
function ProblemCard({ problems }: { problems: RuleList["problems"] }) {
  return (
    <section class="card" data-testid="rule-problems">
      <h2>{t("wb_problems")}</h2>
      <ul class="plain">
        {problems.map(({ file, line, column, message }) => (
          <li key={`${file} ${line} ${message}`}>
            <span class="mono">
              {file}
              {line === null ? "" : `:${line}:${column ?? 1}`}
            </span>{" "}
            {message}
          </li>
        ))}
      </ul>
    </section>
  );
}

function sorted(items: readonly RuleSummary[]): readonly RuleSummary[] {
  const rank = ({ status }: RuleSummary) => RULE_STATUSES_SHOWN.indexOf(status);
  return items.toSorted((a, b) => rank(a) - rank(b) || (b.live?.firings ?? 0) - (a.live?.firings ?? 0) || a.id.localeCompare(b.id));
}

function RuleRow(rule: RuleSummary) {
  return (
    <tr key={rule.id}>
      <td>
        <a href={`/rules/${rule.id}`}>
          <strong>{pick(rule.title)}</strong>
        </a>
        <div class="muted mono">
          {rule.id} v{rule.version}
        </div>
      </td>
      <td>
        <StatusBadge status={rule.status} />
      </td>
      <td class="wide">{componentName(rule.component)}</td>
      <td class="right num">{number(rule.live?.firings ?? 0)}</td>
      <td class="right num wide">{number(rule.live?.alerts ?? 0)}</td>
      <td>{rule.live === null ? <span class="muted">–</span> : <VerdictBar live={rule.live} />}</td>
      <td class="wide">{date(rule.live?.lastFiringAt)}</td>
    </tr>
  );
}

/** True, false and unknown as a bar and in figures. */
function VerdictBar({ live }: { live: NonNullable<RuleSummary["live"]> }) {
  const parts = ["true", "false", "unknown"] as const;
  return (
    <div class="verdict-bar">
      <span class="bar" aria-hidden="true">
        {parts.map((part) => (
          <i key={part} class={`verdict-${part}`} style={{ flexGrow: live[part] }} />
        ))}
      </span>
      <span class="num">{parts.map((part) => number(live[part])).join(" / ")}</span>
    </div>
  );
}
