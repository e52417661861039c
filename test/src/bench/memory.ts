import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import { createFrames } from "./load.ts";
import { type Bench, ingestOf, print, produce } from "./setup.ts";

/**
 * Whether memory stays flat over many reports: resident size after each stretch, whose it is, and how much more the second half of the
 * run needed than the first. Sizes swing by a block or two with the garbage collector, so the highest of each half are compared.
 */

const STRETCH_REPORTS = 100_000;
const STRETCHES_PER_LINE = 10;
const VEHICLES = 500;
const MIB = 1024 ** 2;

interface Point {
  readonly millions: number;
  readonly rssMib: number;
  /** Of it, JavaScript's heap and its buffers outside the heap. */
  readonly heapMib: number;
  readonly buffersMib: number;
  /** What the engine accounts for: queries, inserts, merges and caches. */
  readonly engineMib: number;
}

const sizeRow = z.object({ bytes: z.coerce.number() });

export async function benchMemory(bench: Bench, { reports }: { readonly reports: number }): Promise<object> {
  const topic = `bench-${bench.runId}-memory`;
  const ingest = ingestOf(bench, topic);
  const points: Point[] = [];
  const stretches = Math.ceil(reports / STRETCH_REPORTS);
  const startedMs = performance.now();
  for (let stretch = 0; stretch < stretches; stretch++) {
    await produce(bench.log, topic, createFrames(STRETCH_REPORTS, (stretch * STRETCH_REPORTS) / VEHICLES));
    if (stretch === 0) await ingest.start();
    await ingest.drain();
    const point = await measurePoint(bench.store, ((stretch + 1) * STRETCH_REPORTS) / 1e6);
    points.push(point);
    if ((stretch + 1) % STRETCHES_PER_LINE === 0 || stretch + 1 === stretches) print(lineOf(point));
  }
  await ingest.stop();
  return resultOf(points, (performance.now() - startedMs) / 1000);
}

async function measurePoint(store: ColumnStore, millions: number): Promise<Point> {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  const [engine] = await store.query("SELECT value AS bytes FROM system.metrics WHERE metric = 'MemoryTracking'", sizeRow);
  return { millions, rssMib: rss / MIB, heapMib: heapUsed / MIB, buffersMib: arrayBuffers / MIB, engineMib: (engine?.bytes ?? 0) / MIB };
}

function lineOf({ millions, rssMib, heapMib, buffersMib, engineMib }: Point): string {
  const [rss, heap, buffers, engine] = [rssMib, heapMib, buffersMib, engineMib].map((mib) => mib.toFixed(0));
  return `${millions} M reports: ${rss} MiB resident; heap ${heap}, buffers ${buffers}, engine ${engine}`;
}

function resultOf(points: readonly Point[], seconds: number): object {
  const earlier = points.slice(0, points.length >> 1);
  const later = points.slice(points.length >> 1);
  const [first, second] = [earlier, later].map((half) => Math.max(...half.map(({ rssMib }) => rssMib)));
  const slope = slopeOf(later);
  print(
    `resident size: highest ${first?.toFixed(0)} MiB in the first half, ${second?.toFixed(0)} MiB in the second, where it rises by ${slope.toFixed(1)} MiB per million reports; ${seconds.toFixed(0)} s`,
  );
  return {
    reports: points.length * STRETCH_REPORTS,
    seconds: Math.round(seconds),
    rss_mib_max: Math.round(Math.max(first ?? 0, second ?? 0)),
    growth_mib: Math.round((second ?? 0) - (first ?? 0)),
    slope_mib_per_million: Math.round(slope * 10) / 10,
  };
}

/** Slope of the least-squares line; 0 for fewer than two points. */
function slopeOf(points: readonly Point[]): number {
  const mean = (of: (point: Point) => number) => points.reduce((sum, point) => sum + of(point), 0) / Math.max(points.length, 1);
  const [x, y] = [mean(({ millions }) => millions), mean(({ rssMib }) => rssMib)];
  const spread = points.reduce((sum, { millions }) => sum + (millions - x) ** 2, 0);
  return spread === 0 ? 0 : points.reduce((sum, { millions, rssMib }) => sum + (millions - x) * (rssMib - y), 0) / spread;
}
