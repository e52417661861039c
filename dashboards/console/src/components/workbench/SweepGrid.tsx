import type { Sweep, SweepPoint } from "../../apiTypes.ts";
import { count, number } from "../../format.ts";
import { t } from "../../language.ts";
import "../../sweepGrid.css";

export const GRID_MEASURES = ["precision", "recall", "cost"] as const;
export type GridMeasure = (typeof GRID_MEASURES)[number];

/** Share of the colour in the field with the highest number: ink stays readable on it in light and in dark. */
const FULL_PCT = 62;
const COLOURS: Readonly<Record<GridMeasure, string>> = { precision: "--accent", recall: "--info", cost: "--critical" };

interface Props {
  readonly sweep: Sweep;
  readonly measure: GridMeasure;
  readonly units: readonly [string, string];
  /** Values of the first and the second axis. */
  readonly onChoose: (across: number, down: number) => void;
}

/** A sweep over two parameters: the first across, the second down with its largest on top, coloured by one measure. */
export function SweepGrid({ sweep, measure, units, onChoose }: Props) {
  const [across, down] = sweep.axes;
  if (across === undefined || down === undefined) return null;
  const known = sweep.points.flatMap((point) => point[measure] ?? []);
  if (known.length === 0) return <p class="notice">{t("wb_noCurve")}</p>;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const rows = down.values.map((value, index) => ({ value, index })).reverse();
  const field = (index: number) => (
    <Field
      key={index}
      point={sweep.points[index]}
      measure={measure}
      share={shareOf(sweep.points[index]?.[measure] ?? null, low, high)}
      isSaved={index === sweep.present}
      isBest={index === sweep.best}
      onChoose={onChoose}
    />
  );
  return (
    <figure class="sweep-grid">
      <div class="scroll">
        <table data-measure={measure} aria-label={`${t("wb_grid")}: ${t(`wb_${measure}`)}`}>
          <tbody>
            {rows.map(({ value, index }) => (
              <tr key={value}>
                <th scope="row">{number(value, units[1], 4)}</th>
                {across.values.map((_, column) => field(column * down.values.length + index))}
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <td />
              {across.values.map((value) => (
                <th key={value} scope="col">
                  {number(value, "", 4)}
                </th>
              ))}
            </tr>
          </tfoot>
        </table>
      </div>
      <figcaption class="heat-legend">
        <span class="num">{textOf(low, measure)}</span>
        <span class="heat-scale" style={{ background: `linear-gradient(90deg, ${colourOf(measure, 0)}, ${colourOf(measure, 1)})` }} />
        <span class="num">{textOf(high, measure)}</span>
        <span>{t("wb_gridOutlined")}</span>
      </figcaption>
    </figure>
  );
}

function Field(props: {
  point: SweepPoint | undefined;
  measure: GridMeasure;
  share: number | null;
  isSaved: boolean;
  isBest: boolean;
  onChoose: Props["onChoose"];
}) {
  const { point, measure, share, isSaved, isBest } = props;
  const [across = 0, down = 0] = point?.at ?? [];
  return (
    <td>
      <button
        type="button"
        class={`num${isSaved ? " saved" : ""}${isBest ? " best" : ""}`}
        style={share === null ? {} : { background: colourOf(measure, share) }}
        title={GRID_MEASURES.map((each) => `${t(`wb_${each}`)} ${textOf(point?.[each] ?? null, each)}`).join(" · ")}
        onClick={() => props.onChoose(across, down)}
      >
        {textOf(point?.[measure] ?? null, measure)}
      </button>
    </td>
  );
}

/** 0 for the lowest, 1 for the highest; where all are alike, the middle. */
function shareOf(value: number | null, low: number, high: number): number | null {
  if (value === null) return null;
  return high === low ? 0.5 : (value - low) / (high - low);
}

function colourOf(measure: GridMeasure, share: number): string {
  return `color-mix(in srgb, var(${COLOURS[measure]}) ${Math.round(4 + share * (FULL_PCT - 4))}%, var(--surface))`;
}

function textOf(value: number | null, measure: GridMeasure): string {
  return measure === "cost" && value !== null ? count(value) : number(value, "", 2);
}
