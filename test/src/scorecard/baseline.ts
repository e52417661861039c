/** The committed figures that the scorecard may only improve on: `baseline.json`, dataset -> figure -> value. */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Figure } from "./dataset.ts";

const baselineSchema = z.record(z.string(), z.record(z.string(), z.number()));
export type Baseline = z.infer<typeof baselineSchema>;

const FILE = fileURLToPath(new URL("./baseline.json", import.meta.url));
/** Room for another machine's arithmetic, in the figure's own unit. */
const TOLERANCE = 0.02;

export async function readBaseline(): Promise<Baseline> {
  return baselineSchema.parse(JSON.parse(await readFile(FILE, "utf8")));
}

/** What got worse than the baseline allows, in words; empty when nothing did. A figure without a baseline cannot get worse. */
export function regressions(dataset: string, figures: readonly Figure[], baseline: Baseline): string[] {
  const known = baseline[dataset] ?? {};
  const gone = Object.keys(known).filter((name) => !figures.some((f) => f.name === name));
  const worse = figures.filter((f) => worsening(f, known[f.name] ?? f.ours) > TOLERANCE);
  return [
    ...gone.map((name) => `${dataset}: ${name}: no longer measured`),
    ...worse.map((f) => `${dataset}: ${f.name}: ${f.ours.toFixed(3)}, was ${known[f.name]?.toFixed(3)}`),
  ];
}

/** The baseline with new figures and those that improved; the others stay. */
export function improved(dataset: string, figures: readonly Figure[], baseline: Baseline): Baseline {
  const kept = { ...baseline[dataset] };
  for (const figure of figures.filter((f) => f.better !== "context")) {
    const before = kept[figure.name];
    if (before === undefined || worsening(figure, before) < 0) kept[figure.name] = Number(figure.ours.toFixed(4));
  }
  return { ...baseline, [dataset]: kept };
}

export async function writeBaseline(baseline: Baseline): Promise<void> {
  await writeFile(FILE, `${JSON.stringify(baseline, null, 2)}\n`);
}

/** How much worse than before in the figure's unit; negative is better. A figure in its band is as good as any other there. */
function worsening({ ours, better, target }: Figure, before: number): number {
  if (better === "context") return 0;
  if (better === "lower") return ours - before;
  if (better === "higher") return before - ours;
  return outside(ours, target) - outside(before, target);
}

function outside(value: number, target: Figure["target"]): number {
  const [low, high] = Array.isArray(target) ? target : [target, target];
  return Math.max(0, (low ?? value) - value, value - (high ?? value));
}
