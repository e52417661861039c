import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api } from "../api.ts";
import type { Draft, RuleDetail, Step } from "../apiTypes.ts";
import { Loaded } from "../components/Loaded.tsx";
import { FullRunCard, PreviewCard } from "../components/workbench/Bench.tsx";
import { DriftCard } from "../components/workbench/DriftCard.tsx";
import { GridCard } from "../components/workbench/GridCard.tsx";
import { RuleActions } from "../components/workbench/RuleActions.tsx";
import { RuleFacts, RuleHistory } from "../components/workbench/RuleFacts.tsx";
import { Sliders } from "../components/workbench/Sliders.tsx";
import { StatusBadge } from "../components/workbench/StatusBadge.tsx";
import { sweepValues, useLint, usePreview } from "../components/workbench/useBench.ts";
import { YamlEditor } from "../components/workbench/YamlEditor.tsx";
import { pick, t } from "../language.ts";
import { useLoad } from "../useLoad.ts";
import { useRun } from "../useRun.ts";
import { workbench } from "../workbenchApi.ts";
import "../workbench.css";

/** Vehicles of an instant back-test. */
const SAMPLE = 200;

/** One rule on the bench: change it, see at once what that would have meant, take it on its way. */
export function RulePage({ id }: { id: string }) {
  const { query } = useLocation();
  const draftId = query.draft;
  const loaded = useLoad(
    async () => ({
      rule: await workbench.rule(id),
      draft: draftId === undefined ? null : await workbench.draft(draftId),
      sampleShare: sampleShareOf((await api.overview()).vehicles),
    }),
    [id, draftId],
  );
  return (
    <Loaded state={loaded.state}>
      {({ rule, draft, sampleShare }) => (
        <Workplace key={`${rule.id}/${draft?.id ?? ""}`} rule={rule} draft={draft} sampleShare={sampleShare} onChanged={loaded.reload} />
      )}
    </Loaded>
  );
}

function sampleShareOf(vehicles: number): number {
  return vehicles === 0 ? 1 : Math.min(1, SAMPLE / vehicles);
}

interface Props {
  readonly rule: RuleDetail;
  readonly draft: Draft | null;
  readonly sampleShare: number;
  readonly onChanged: () => void;
}

function Workplace({ rule, draft, sampleShare, onChanged }: Props) {
  const { route, query } = useLocation();
  const saved = draft?.text ?? rule.text;
  const [text, setText] = useState(saved);
  const [values, setValues] = useState<Readonly<Record<string, number>>>({});
  const [axisName, setAxisName] = useState<string | null>(null);
  const [step, setStep] = useState<Step | null>(null);
  const { problems, parameters: linted, threshold } = useLint(text);
  const parameters = linted ?? rule.parameters;
  const axis = axisName !== null && parameters[axisName] !== undefined ? axisName : (threshold ?? rule.threshold);
  const own = parameters[axis];
  const others = Object.fromEntries(Object.entries(values).filter(([name]) => name !== axis && parameters[name] !== undefined));
  const canSave = problems.length === 0;
  const tried = canSave && linted !== null ? text : "";
  const preview = usePreview(tried, own === undefined ? [] : [{ parameter: axis, values: sweepValues(own) }], others, sampleShare);
  const { run } = useRun(query.run);
  const chosen = chosenOf(values, parameters);
  const isChanged = text !== saved || Object.keys(chosen).length > 0;
  // A draft that was saved comes back with the sliders' values in its text.
  useEffect(() => {
    setText(saved);
    setValues({});
  }, [saved]);

  const go = (change: Readonly<Record<string, string | undefined>>) => {
    const next = Object.entries({ draft: query.draft, run: query.run, ...change }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    );
    route(`/rules/${rule.id}${next.length === 0 ? "" : `?${new URLSearchParams(next)}`}`, true);
  };
  const withChosen = async () => (Object.keys(chosen).length === 0 ? text : (await workbench.lint(text, chosen)).text);
  const save = async () => {
    const next = await withChosen();
    if (draft !== null && draft.state === "draft") await workbench.updateDraft(draft.id, draft.revision, next);
    else go({ draft: (await workbench.createDraft(rule.id, next)).id });
    onChanged();
  };
  const runAll = async () => {
    const subject = isChanged ? { text: await withChosen() } : draft === null ? { ruleId: rule.id } : { draftId: draft.id };
    const sweep = own === undefined ? [] : [{ parameter: axis, values: sweepValues(own) }];
    go({ run: (await workbench.backtest(subject, { sweep })).id });
  };
  const onStep = (done: Step) => {
    setStep(done);
    if (done.isWritten && done.ruleId !== rule.id) route(`/rules/${done.ruleId}`);
    onChanged();
  };
  return (
    <div class="stack">
      <Head rule={rule} draft={draft} />
      <RuleActions rule={rule} draft={draft} isChanged={isChanged} canSave={canSave} onSave={save} onRun={runAll} onStep={onStep} />
      {step !== null && <StepOutcome step={step} />}
      <div class="bench">
        <section class="card">
          <h2>{t("wb_parameters")}</h2>
          <Sliders
            parameters={parameters}
            values={values}
            axis={axis}
            onAxis={setAxisName}
            onChange={(name, value) => setValues((before) => ({ ...before, [name]: value }))}
          />
        </section>
        <PreviewCard
          preview={preview}
          value={values[axis] ?? own?.default ?? 0}
          unit={own?.unit ?? ""}
          onChoose={(value) => setValues((before) => ({ ...before, [axis]: value }))}
        />
      </div>
      <GridCard
        text={tried}
        parameters={parameters}
        axis={axis}
        values={values}
        sampleShare={sampleShare}
        onChoose={(both) => setValues((before) => ({ ...before, ...both }))}
      />
      {run !== null && <FullRunCard run={run} isSaved={!isChanged && draft === null} />}
      <section class="card">
        <h2>{t("wb_text")}</h2>
        <YamlEditor text={text} problems={problems} onInput={setText} />
      </section>
      <DriftCard rule={rule} />
      <div class="columns">
        <RuleFacts rule={rule} />
        <RuleHistory rule={rule} />
      </div>
    </div>
  );
}

/** What the sliders say that the text does not. */
function chosenOf(values: Readonly<Record<string, number>>, parameters: RuleDetail["parameters"]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      const rounded = Number(value.toPrecision(6));
      return parameters[name] === undefined || parameters[name].default === rounded ? [] : [[name, rounded]];
    }),
  );
}

function Head({ rule, draft }: { rule: RuleDetail; draft: Draft | null }) {
  return (
    <div class="page-head">
      <div>
        <h1>{pick(rule.title)}</h1>
        <span class="muted mono">
          {rule.id} v{rule.version}
          {rule.challenges !== null && ` · ${t("wb_challenges", { rule: rule.challenges })}`}
        </span>
      </div>
      <div class="filters">
        {draft !== null && draft.state === "draft" && <span class="badge status-draft">{t("wb_draftBy", { author: draft.author })}</span>}
        <StatusBadge status={rule.status} />
      </div>
    </div>
  );
}

/** Where a step was written, or the files it would have written where it may not write. */
function StepOutcome({ step }: { step: Step }) {
  if (step.isWritten) return <p class="notice">{t("wb_restart", { files: step.files.map(({ file }) => file).join(", ") })}</p>;
  return (
    <section class="card">
      <h2>{t("wb_notWritten")}</h2>
      <p class="notice">{step.reason}</p>
      {step.files.map(({ file, text }) => (
        <details key={file}>
          <summary class="mono">{file}</summary>
          <pre class="file">{text}</pre>
        </details>
      ))}
    </section>
  );
}
