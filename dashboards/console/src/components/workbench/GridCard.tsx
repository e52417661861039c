import { useState } from "preact/hooks";
import { t } from "../../language.ts";
import { GRID_MEASURES, type GridMeasure, SweepGrid } from "./SweepGrid.tsx";
import { gridValues, type RuleParameters, usePreview } from "./useBench.ts";

interface Props {
  /** Empty while it cannot be tried. */
  readonly text: string;
  readonly parameters: RuleParameters;
  /** The parameter the curves are drawn over. */
  readonly axis: string;
  readonly values: Readonly<Record<string, number>>;
  readonly sampleShare: number;
  readonly onChoose: (values: Readonly<Record<string, number>>) => void;
}

/** The swept parameter against a second one, on the same sample; nothing runs until a second one is chosen. */
export function GridCard({ text, parameters, axis, values, sampleShare, onChoose }: Props) {
  const [wanted, setWanted] = useState("");
  const [measure, setMeasure] = useState<GridMeasure>("recall");
  const choices = Object.keys(parameters).filter((name) => name !== axis);
  const second = choices.includes(wanted) ? wanted : "";
  const [own, other] = [parameters[axis], parameters[second]];
  const axes =
    own === undefined || other === undefined
      ? []
      : [
          { parameter: axis, values: gridValues(own) },
          { parameter: second, values: gridValues(other) },
        ];
  const others = Object.fromEntries(Object.entries(values).filter(([name]) => name !== axis && name !== second && name in parameters));
  const { report, isRunning, error } = usePreview(text, axes, others, sampleShare);
  const sweep = report?.sweep ?? null;
  const isOfAxes = sweep?.axes.map(({ parameter }) => parameter).join() === [axis, second].join();
  if (choices.length === 0) return null;
  return (
    <section class="card" aria-busy={isRunning} data-testid="grid">
      <div class="page-head">
        <h2>{t("wb_grid")}</h2>
        <div class="filters">
          <Choice label={t("wb_gridSecond")} value={second} options={["", ...choices]} onChange={setWanted} />
          <div class="filters">
            {GRID_MEASURES.map((each) => (
              <button
                key={each}
                type="button"
                class={each === measure ? "primary" : ""}
                aria-pressed={each === measure}
                onClick={() => setMeasure(each)}
              >
                {t(`wb_${each}`)}
              </button>
            ))}
          </div>
        </div>
      </div>
      {second !== "" && error !== null && <p class="notice bad">{error}</p>}
      {second !== "" && !isOfAxes && isRunning && <p class="notice">{t("wb_running")}</p>}
      {sweep !== null && isOfAxes && (
        <>
          <p class="muted hint">{t("wb_gridHint", { across: axis, down: second })}</p>
          <SweepGrid
            sweep={sweep}
            measure={measure}
            units={[own?.unit ?? "", other?.unit ?? ""]}
            onChoose={(across, down) => onChoose({ [axis]: across, [second]: down })}
          />
        </>
      )}
    </section>
  );
}

function Choice(props: { label: string; value: string; options: readonly string[]; onChange: (value: string) => void }) {
  return (
    <label class="inline">
      {props.label}
      <select value={props.value} onChange={(event) => props.onChange(event.currentTarget.value)}>
        {props.options.map((each) => (
          <option key={each} value={each}>
            {each === "" ? t("wb_gridNone") : each}
          </option>
        ))}
      </select>
    </label>
  );
}
