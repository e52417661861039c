import { useEffect, useRef, useState } from "preact/hooks";
import type { UnjudgedFinding } from "../apiTypes.ts";
import { componentName, SeverityBadge } from "../components/Badge.tsx";
import { Loaded } from "../components/Loaded.tsx";
import { ImportCard, QualityCard } from "../components/workbench/LabelCards.tsx";
import { dateTime, number } from "../format.ts";
import { pick, t } from "../language.ts";
import { useLoad } from "../useLoad.ts";
import { messageOf } from "../useRun.ts";
import { workbench } from "../workbenchApi.ts";
import "../workbench.css";

const LIST = 50;

/** What engineers say about findings, by keyboard; what workshops say, by file; and how good both are. */
export function LabelsPage() {
  const unjudged = useLoad(() => workbench.unjudged(LIST), []);
  const quality = useLoad(workbench.labelQuality, []);
  const reload = () => {
    unjudged.reload();
    quality.reload();
  };
  return (
    <div class="stack">
      <div>
        <h1>{t("wb_labels")}</h1>
        <span class="muted">{t("wb_labelsHint")}</span>
      </div>
      <Loaded state={unjudged.state}>{({ items, total }) => <Judging findings={items} total={total} onJudged={reload} />}</Loaded>
      <div class="columns">
        <Loaded state={quality.state}>{(value) => <QualityCard quality={value} />}</Loaded>
        <ImportCard onImported={reload} />
      </div>
    </div>
  );
}

const VERDICTS = { y: "confirmed", n: "no_fault_found" } as const;
type Key = keyof typeof VERDICTS | "u";

/** One finding after the other: y, n, or u for "cannot tell", which leaves it for later. */
function Judging({ findings, total, onJudged }: { findings: readonly UnjudgedFinding[]; total: number; onJudged: () => void }) {
  const [later, setLater] = useState<ReadonlySet<string>>(new Set());
  const [said, setSaid] = useState<string | null>(null);
  const isBusy = useRef(false);
  const list = [...findings.filter(({ id }) => !later.has(id)), ...findings.filter(({ id }) => later.has(id))];
  const [current] = list;
  const judge = async (key: Key) => {
    if (current === undefined || isBusy.current) return;
    if (key === "u") return setLater((before) => new Set([...[...before].filter((id) => id !== current.id), current.id]));
    isBusy.current = true;
    const { id, vin, component, lastSeen, sourceId } = current;
    const outcome = VERDICTS[key];
    try {
      await workbench.importLabels({ rows: [{ id: `verdict/${id}`, vin, component, outcome, at: lastSeen, sourceId }] });
      setSaid(`${vin}: ${t(`outcome_${outcome}`)}`);
      onJudged();
    } catch (error) {
      setSaid(messageOf(error));
    }
    isBusy.current = false;
  };
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "y" || event.key === "n" || event.key === "u") void judge(event.key);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  });
  const button = (key: Key, label: string) => (
    <button type="button" onClick={() => judge(key)}>
      <kbd>{key}</kbd> {label}
    </button>
  );
  return (
    <section class="card">
      <div class="page-head">
        <h2>
          {t("wb_unjudged")} <span class="muted num">{number(total)}</span>
        </h2>
        <div class="filters">
          {button("y", t("wb_isReal"))}
          {button("n", t("wb_isFalse"))}
          {button("u", t("wb_cannotTell"))}
        </div>
      </div>
      <p class="muted" role="status">
        {said ?? t("wb_keysHint")}
      </p>
      {list.length === 0 && <p class="notice">{t("wb_allJudged")}</p>}
      <ol class="judging">
        {list.slice(0, 12).map((finding) => (
          <li key={finding.id} aria-current={finding === current ? "true" : undefined}>
            <div class="facts">
              <SeverityBadge severity={finding.severity} />
              <a class="mono" href={`/vehicles/${finding.vin}`}>
                {finding.vin}
              </a>
              <span>{componentName(finding.component)}</span>
              <span>{dateTime(finding.lastSeen)}</span>
              {later.has(finding.id) && <span class="badge plain">{t("wb_later")}</span>}
            </div>
            <p>{pick({ en: finding.sentence, zh: finding.sentenceZh })}</p>
          </li>
        ))}
      </ol>
    </section>
  );
}
