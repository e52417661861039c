import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import type { Clause, Explanation } from "../apiTypes.ts";
import { Chart } from "../components/Chart.tsx";
import { Loaded } from "../components/Loaded.tsx";
import { dateTime, number } from "../format.ts";
import { pick, t } from "../language.ts";
import { useLoad } from "../useLoad.ts";
import { workbench } from "../workbenchApi.ts";
import "../workbench.css";

/** Why a rule fired, or why it did not, for any vehicle and time. */
export function ExplainPage() {
  const { query } = useLocation();
  const { rule, vin, at } = query;
  return (
    <div class="stack">
      <div>
        <h1>{t("wb_explain")}</h1>
        <span class="muted">{t("wb_explainHint")}</span>
      </div>
      <Question key={JSON.stringify(query)} rule={rule ?? ""} vin={vin ?? ""} at={at ?? ""} />
      {rule !== undefined && vin !== undefined && at !== undefined && <Answer rule={rule} vin={vin} at={at} />}
    </div>
  );
}

function Question(asked: { rule: string; vin: string; at: string }) {
  const { route } = useLocation();
  const rules = useLoad(workbench.rules, []);
  const [rule, setRule] = useState(asked.rule);
  const [vin, setVin] = useState(asked.vin);
  const [local, setLocal] = useState(asked.at === "" ? "" : localTime(asked.at));
  const isComplete = rule !== "" && vin.trim() !== "" && local !== "";
  return (
    <form
      class="card choose"
      onSubmit={(event) => {
        event.preventDefault();
        if (isComplete) route(`/explain?${new URLSearchParams({ rule, vin: vin.trim(), at: new Date(local).toISOString() })}`);
      }}
    >
      <label>
        <span class="muted">{t("wb_rule")}</span>
        <select value={rule} onChange={(event) => setRule(event.currentTarget.value)}>
          <option value="" />
          {(rules.state.kind === "ready" ? rules.state.value.items : []).map((item) => (
            <option key={item.id} value={item.id}>
              {pick(item.title)} ({item.id})
            </option>
          ))}
        </select>
      </label>
      <label>
        <span class="muted">{t("vin")}</span>
        <input value={vin} onInput={(event) => setVin(event.currentTarget.value)} />
      </label>
      <label>
        <span class="muted">{t("wb_at")}</span>
        <input type="datetime-local" step="1" value={local} onInput={(event) => setLocal(event.currentTarget.value)} />
      </label>
      <button type="submit" class="primary" disabled={!isComplete}>
        {t("wb_ask")}
      </button>
    </form>
  );
}

/** ISO 8601 to what the browser's field takes, in its own zone. */
function localTime(iso: string): string {
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

function Answer({ rule, vin, at }: { rule: string; vin: string; at: string }) {
  const answer = useLoad(() => workbench.explain(rule, vin, at), [rule, vin, at]);
  return (
    <Loaded state={answer.state}>
      {(explanation) => (
        <>
          <section class="card">
            <h2>
              <a href={`/rules/${explanation.ruleId}`}>{explanation.ruleId}</a> · <a href={`/vehicles/${vin}`}>{vin}</a>
            </h2>
            <p class="verdict">{pick({ en: explanation.verdict, zh: explanation.verdictZh })}</p>
            <EpisodeFacts explanation={explanation} />
          </section>
          <section class="card">
            <h2>{t("wb_condition")}</h2>
            <ClauseTable clauses={explanation.condition} />
            <h2>{t("wb_endsWhen")}</h2>
            <ClauseTable clauses={explanation.clear} />
          </section>
          <Samples explanation={explanation} />
        </>
      )}
    </Loaded>
  );
}

function EpisodeFacts({ explanation: { atMs, episode, parameters } }: { explanation: Explanation }) {
  const time = (label: string, ms: number | null) =>
    ms !== null && (
      <span key={label}>
        {label}: {dateTime(new Date(ms).toISOString())}
      </span>
    );
  return (
    <>
      <p class="facts num">
        {time(t("wb_reportAt"), atMs)}
        {time(t("wb_pendingSince"), episode.pendingSinceMs)}
        {time(t("wb_openSince"), episode.openSinceMs)}
        {time(t("wb_known"), episode.knownMs)}
        {time(t("wb_clearSince"), episode.clearSinceMs)}
      </p>
      <p class="facts num">
        {Object.entries(parameters).map(([name, { value, from }]) => (
          <span key={name}>
            <span class="mono">{name}</span> = {number(value, "", 4)} {from === "default" ? "" : `(${from})`}
          </span>
        ))}
      </p>
    </>
  );
}

function ClauseTable({ clauses }: { clauses: readonly Clause[] }) {
  if (clauses.length === 0) return <p class="notice">{t("wb_noReport")}</p>;
  const side = (value: Clause["left"]) => (typeof value === "number" ? number(value, "", 4) : (value ?? "–"));
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>{t("wb_clause")}</th>
            <th>{t("wb_holds")}</th>
            <th class="right">{t("value")}</th>
            <th class="right">{t("limit")}</th>
            <th>{t("wb_missing")}</th>
          </tr>
        </thead>
        <tbody>
          {clauses.map((clause) => (
            <tr key={clause.text}>
              <td class="mono">{clause.text}</td>
              <td>
                <span class={`badge ${clause.holds === null ? "plain" : clause.holds ? "sev-good" : "sev-critical"}`}>
                  {clause.holds === null ? t("wb_cannotTell") : clause.holds ? t("wb_yes") : t("wb_no")}
                </span>
              </td>
              <td class="right num">{side(clause.left)}</td>
              <td class="right num">
                {clause.operator} {side(clause.right)}
              </td>
              <td class="mono">{clause.missing.join(", ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Samples({ explanation: { samples } }: { explanation: Explanation }) {
  if (samples.length < 2) return null;
  const states = ["firing", "between", "clear", "unknown"] as const;
  return (
    <section class="card">
      <h2>{t("wb_samples")}</h2>
      <Chart
        label={t("wb_samples")}
        at={samples.map(({ atMs }) => atMs)}
        series={[
          { label: t("value"), unit: "", values: samples.map(({ measure }) => measure), colour: "--accent", dots: true },
          {
            label: t("wb_firingNow"),
            unit: "",
            values: samples.map(({ state, measure }) => (state === "firing" ? measure : null)),
            colour: "--critical",
            dots: true,
          },
        ]}
      />
      <p class="facts num">
        {states.map((state) => (
          <span key={state}>
            {t(`wb_sample_${state}`)}: {samples.filter((sample) => sample.state === state).length}
          </span>
        ))}
      </p>
    </section>
  );
}
