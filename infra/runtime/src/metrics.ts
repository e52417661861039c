import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

export interface MetricOptions {
  /** Base units in the name: `bellwether_ingest_rows_total`, `..._seconds`, `..._bytes`. */
  readonly name: string;
  readonly help: string;
  /** Bounded sets only, never a VIN. */
  readonly labels?: readonly string[];
}

export interface HistogramOptions extends MetricOptions {
  readonly buckets?: readonly number[];
}

export interface Metrics {
  readonly registry: Registry;
  /** Asking twice for a name gives the same metric, so services of one process may share a registry. */
  counter(options: MetricOptions): Counter;
  gauge(options: MetricOptions): Gauge;
  histogram(options: HistogramOptions): Histogram;
  /** The exposition text for `GET /metrics`. */
  text(): Promise<string>;
}

/** A registry of its own, never prom-client's global one; `withProcess` adds memory, CPU and event-loop metrics. */
export function createMetrics({ withProcess = false }: { withProcess?: boolean } = {}): Metrics {
  const registry = new Registry();
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  if (withProcess) collectDefaultMetrics({ register: registry });
  const common = ({ name, help, labels = [] }: MetricOptions) => ({ name, help, labelNames: [...labels], registers: [registry] });
  return {
    registry,
    counter: (options) => remember(counters, options.name, () => new Counter(common(options))),
    gauge: (options) => remember(gauges, options.name, () => new Gauge(common(options))),
    histogram: (options) => {
      const { buckets } = options;
      return remember(
        histograms,
        options.name,
        () => new Histogram({ ...common(options), ...(buckets === undefined ? {} : { buckets: [...buckets] }) }),
      );
    },
    text: () => registry.metrics(),
  };
}

function remember<M>(known: Map<string, M>, name: string, create: () => M): M {
  const existing = known.get(name);
  if (existing !== undefined) return existing;
  const created = create();
  known.set(name, created);
  return created;
}
