import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import type { Comparison, Gate, Run } from "../apiTypes.ts";
import { Loaded } from "../components/Loaded.tsx";
import { saveReport } from "../components/workbench/Bench.tsx";
import { FiringList } from "../components/workbench/FiringList.tsx";
import { RunProgress } from "../components/workbench/RunProgress.tsx";
import { estimate, ScoreFacts } from "../components/workbench/ScoreTiles.tsx";
import { number } from "../format.ts";
import { pick, t } from "../language.ts";
import { useLoad } from "../useLoad.ts";
import { messageOf, useRun } from "../useRun.ts";
import { workbench } from "../workbenchApi.ts";
import "../workbench.css";

/** Champion against challenger over the same history. The run is in the address, so the page can be left and come back to. */
export function ComparePage() {
  const { query, route } = useLocation();
  const rules = useLoad(workbench.rules, []);
  const { run, error } = useRun(query.run);
  const [a, setA] = useState(query.a ?? "");
  const [b, setB] = useState(query.b ?? "");
  const [said, setSaid] = useState<string | null>(null);
  const start = async () => {
    setSaid(null);
    try {
      const { id } = await workbench.compare({ ruleId: a }, { ruleId: b });
      route(`/compare?${new URLSearchParams({ a, b, run: id })}`, true);
    } catch (cause) {
      setSaid(messageOf(cause));
    }
  };
  const choice = (
    label: string,
    value: string,
    onChange: (id: string) => void,
    items: readonly { id: string; title: { en: string; zh: string } }[],
  ) => (
    <label>
      <span class="muted">{label}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="" />
        {items.map((rule) => (
          <option key={rule.id} value={rule.id}>
            {pick(rule.title)} ({rule.id})
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <div class="stack">
      <div>
        <h1>{t("wb_compare")}</h1>
        <span class="muted">{t("wb_compareHint")}</span>
      </div>
      <Loaded state={rules.state}>
        {({ items }) => (
          <section class="card choose">
            {choice(t("wb_champion"), a, setA, items)}
            {choice(t("wb_challenger"), b, setB, items)}
            <button type="button" class="primary" disabled={a === "" || b === "" || a === b} onClick={start}>
              {t("wb_start")}
            </button>
          </section>
        )}
      </Loaded>
      {(said ?? error) !== null && <p class="notice bad">{said ?? error}</p>}
      {run !== null && run.comparison === null && (
        <section class="card">
          <RunProgress run={run} />
        </section>
      )}
      {run?.comparison != null && <Result run={run} comparison={run.comparison} />}
    </div>
  );
}

function Result({ run, comparison }: { run: Run; comparison: Comparison }) {
  const { a, b, agreed, onlyA, onlyB, mcNemar, difference } = comparison;
  const lists = [
    { name: t("wb_agreed"), firings: agreed.map((pair) => pair.b), ruleId: b.rule.id },
    { name: t("wb_onlyIn", { rule: a.rule.id }), firings: onlyA, ruleId: a.rule.id },
    { name: t("wb_onlyIn", { rule: b.rule.id }), firings: onlyB, ruleId: b.rule.id },
  ];
  return (
    <>
      <GateCard gate={comparison.gate} />
      <section class="card">
        <div class="page-head">
          <h2>{t("wb_difference")}</h2>
          <button type="button" onClick={() => saveReport(run.id)}>
            {t("wb_report")}
          </button>
        </div>
        <dl class="pairs">
          <dt>{t("wb_precision")}</dt>
          <dd class="num">{estimate(difference.precision, "", 3)}</dd>
          <dt>{t("wb_recall")}</dt>
          <dd class="num">{estimate(difference.recall, "", 3)}</dd>
          <dt>{t("wb_saving")}</dt>
          <dd class="num">{estimate(difference.saving, "", 0)}</dd>
          <dt>{t("wb_foundByOne")}</dt>
          <dd class="num">
            {mcNemar.onlyA} / {mcNemar.onlyB} (McNemar p = {mcNemar.p.toPrecision(2)})
          </dd>
        </dl>
      </section>
      <div class="columns">
        {[a, b].map((report) => (
          <section class="card" key={report.rule.id}>
            <h2>
              <a href={`/rules/${report.rule.id}`}>
                {report.rule.id} v{report.rule.version}
              </a>
            </h2>
            <ScoreFacts score={report.score} />
          </section>
        ))}
      </div>
      {lists.map(({ name, firings, ruleId }) => (
        <section class="card" key={name}>
          <h2>
            {name} <span class="num muted">{number(firings.length)}</span>
          </h2>
          <FiringList firings={firings} ruleId={ruleId} />
        </section>
      ))}
    </>
  );
}

function GateCard({ gate }: { gate: Gate }) {
  return (
    <section class="card">
      <h2>{gate.isPassed ? t("wb_gatePassed") : t("wb_gateRefuses")}</h2>
      <ul class="plain gate">
        {gate.checks.map(({ name, isPassed, detail }) => (
          <li key={name} class={isPassed ? "" : "refused"}>
            <span class={`badge ${isPassed ? "sev-good" : "sev-critical"}`}>{isPassed ? t("wb_yes") : t("wb_no")}</span>{" "}
            <strong>{name}</strong>
            <span class="muted num"> {detail}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
