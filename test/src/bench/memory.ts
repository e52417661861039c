import { createFrames } from "./load.ts";
import { type Bench, ingestOf, print, produce } from "./setup.ts";

/** Whether memory stays flat over many reports: resident size after each stretch, and its slope over the second half. */

const STRETCH_REPORTS = 100_000;
const VEHICLES = 500;
const MIB = 1024 ** 2;

export async function benchMemory(bench: Bench, { reports }: { readonly reports: number }): Promise<object> {
  const topic = `bench-${bench.runId}-memory`;
  const ingest = ingestOf(bench, topic);
  const points: { readonly millions: number; readonly rssMib: number }[] = [];
  const stretches = Math.ceil(reports / STRETCH_REPORTS);
  for (let stretch = 0; stretch < stretches; stretch++) {
    await produce(bench.log, topic, createFrames(STRETCH_REPORTS, (stretch * STRETCH_REPORTS) / VEHICLES));
    if (stretch === 0) await ingest.start();
    await ingest.drain();
    points.push({ millions: ((stretch + 1) * STRETCH_REPORTS) / 1e6, rssMib: process.memoryUsage.rss() / MIB });
    if ((stretch + 1) % 10 === 0 || stretch + 1 === stretches)
      print(`${points.at(-1)?.millions} M reports: ${points.at(-1)?.rssMib.toFixed(0)} MiB`);
  }
  await ingest.stop();
  const later = points.slice(points.length >> 1);
  const slope = slopeOf(later);
  const highest = Math.max(...points.map(({ rssMib }) => rssMib));
  print(`resident size: highest ${highest.toFixed(0)} MiB; second half ${slope.toFixed(1)} MiB per million reports`);
  return { reports: stretches * STRETCH_REPORTS, rss_mib_max: Math.round(highest), slope_mib_per_million: Math.round(slope * 10) / 10 };
}

/** Slope of the least-squares line; 0 for fewer than two points. */
function slopeOf(points: readonly { readonly millions: number; readonly rssMib: number }[]): number {
  const mean = (of: (point: (typeof points)[number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / Math.max(points.length, 1);
  const [x, y] = [mean(({ millions }) => millions), mean(({ rssMib }) => rssMib)];
  const spread = points.reduce((sum, { millions }) => sum + (millions - x) ** 2, 0);
  return spread === 0 ? 0 : points.reduce((sum, { millions, rssMib }) => sum + (millions - x) * (rssMib - y), 0) / spread;
}
