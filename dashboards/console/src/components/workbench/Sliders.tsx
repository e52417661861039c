import { number } from "../../format.ts";
import { t } from "../../language.ts";
import { type RuleParameters, stepOf } from "./useBench.ts";

/** One slider per parameter within its bounds; the one the curves are drawn over is marked. */
export function Sliders(props: {
  parameters: RuleParameters;
  values: Readonly<Record<string, number>>;
  axis: string;
  onAxis: (name: string) => void;
  onChange: (name: string, value: number) => void;
}) {
  return (
    <div class="sliders">
      {Object.entries(props.parameters).map(([name, { default: own, min, max, unit }]) => {
        const value = props.values[name] ?? own;
        return (
          <div key={name} class="slider">
            <label for={`slider-${name}`} class="mono">
              {name}
            </label>
            <output class="num">{number(value, unit, 4)}</output>
            <input
              id={`slider-${name}`}
              type="range"
              min={min}
              max={max}
              step={stepOf({ min, max })}
              value={value}
              onInput={(event) => props.onChange(name, Number(event.currentTarget.value))}
            />
            <span class="muted num ends">
              <span>{number(min, unit, 4)}</span>
              {name === props.axis ? (
                <span>{t("wb_axis")}</span>
              ) : (
                <button type="button" class="quiet" onClick={() => props.onAxis(name)}>
                  {t("wb_sweepThis")}
                </button>
              )}
              <span>{number(max, unit, 4)}</span>
            </span>
          </div>
        );
      })}
    </div>
  );
}
