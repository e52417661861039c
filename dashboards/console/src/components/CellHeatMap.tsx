import { useEffect, useRef, useState } from "preact/hooks";
import type { CellMap } from "../apiTypes.ts";
import { date, number } from "../format.ts";
import { t } from "../language.ts";

/** Deviations beyond this many mV have the full colour. */
const FULL_SCALE_MV = 60;
const ROW_PX = 5;

/** Days across, cells down: blue below the pack's median, amber above, white at it. */
export function CellHeatMap({ map }: { map: CellMap }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hover, setHover] = useState<string>("");
  useEffect(() => {
    if (canvas.current) paint(canvas.current, map);
  }, [map]);
  if (map.cells === 0 || map.days.length === 0) return <p class="notice">{t("noCells")}</p>;
  return (
    <figure style={{ margin: 0 }}>
      <canvas
        ref={canvas}
        class="heat"
        role="img"
        aria-label={t("cellsHint")}
        style={{ height: `${map.cells * ROW_PX}px` }}
        onMouseMove={(event) => setHover(describe(event, map))}
        onMouseLeave={() => setHover("")}
      />
      <figcaption class="heat-legend">
        <span>−{FULL_SCALE_MV} mV</span>
        <span class="heat-scale" style={{ background: "linear-gradient(90deg, #1d4ed8, #f4f4f0, #d97706)" }} />
        <span>+{FULL_SCALE_MV} mV</span>
        <span class="num">{hover}</span>
      </figcaption>
    </figure>
  );
}

function paint(canvas: HTMLCanvasElement, map: CellMap): void {
  canvas.width = map.days.length;
  canvas.height = map.cells;
  const context = canvas.getContext("2d");
  if (context === null) return;
  const image = context.createImageData(map.days.length, map.cells);
  map.days.forEach((day, x) => {
    for (let cell = 0; cell < map.cells; cell++) {
      image.data.set(colourOf(day.deviationMv[cell] ?? null), 4 * (cell * map.days.length + x));
    }
  });
  context.putImageData(image, 0, 0);
}

/** RGBA between white and blue (low) or amber (high); grey where the day has no usable reading. */
function colourOf(deviationMv: number | null): [number, number, number, number] {
  if (deviationMv === null) return [128, 128, 128, 60];
  const end: readonly [number, number, number] = deviationMv < 0 ? [29, 78, 216] : [217, 119, 6];
  const share = Math.min(1, Math.abs(deviationMv) / FULL_SCALE_MV);
  const mix = (from: number, to: number) => Math.round(from + (to - from) * share);
  return [mix(244, end[0]), mix(244, end[1]), mix(240, end[2]), 255];
}

function describe(event: MouseEvent & { currentTarget: HTMLCanvasElement }, map: CellMap): string {
  const box = event.currentTarget.getBoundingClientRect();
  const day = map.days[Math.floor(((event.clientX - box.left) / box.width) * map.days.length)];
  const cell = Math.floor(((event.clientY - box.top) / box.height) * map.cells);
  if (day === undefined) return "";
  return `${date(day.day)} · ${t("cell")} ${cell + 1} · ${number(day.deviationMv[cell] ?? null, "mV", 1)}`;
}
