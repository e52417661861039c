import type { LogRecord } from "@bellwether/runtime/log/records";
import type { Metrics } from "@bellwether/runtime/metrics";

interface PartitionId {
  readonly topic: string;
  readonly partition: number;
}

/** How far behind the log each held partition is, in records and in seconds. */
export interface LagMeter {
  /** Records were delivered; `end` is the offset the next produced record will get. */
  delivered(records: readonly LogRecord[], end: number): void;
  /** Everything before `nextOffset` is committed. */
  committed(id: PartitionId, nextOffset: number): void;
  /** What the log says about records not committed. */
  measured(id: PartitionId, records: number): void;
  /** Sets the gauges: lag in seconds grows with the clock while nothing is committed. */
  show(nowMs: number): void;
  forget(id: PartitionId): void;
}

interface Position extends PartitionId {
  end: number;
  committed: number;
  /** Offset and log time of what was delivered and is not committed, oldest first: one entry per delivery. */
  readonly waiting: { readonly lastOffset: number; readonly firstMs: number }[];
}

export function createLagMeter(metrics: Metrics): LagMeter {
  const labels = ["topic", "partition"];
  const recordsGauge = metrics.gauge({ name: "bellwether_ingest_lag_records", help: "Records in the log that are not committed.", labels });
  const secondsGauge = metrics.gauge({
    name: "bellwether_ingest_lag_seconds",
    help: "Age of the oldest delivered record that is not committed; 0 when all are.",
    labels,
  });
  const positions = new Map<string, Position>();
  const keyOf = ({ topic, partition }: PartitionId) => `${topic}:${partition}`;

  return {
    delivered(records, end) {
      const [first] = records;
      const last = records.at(-1);
      if (first === undefined || last === undefined) return;
      const { topic, partition, offset } = first;
      const position = positions.get(keyOf(first)) ?? { topic, partition, end, committed: offset, waiting: [] };
      positions.set(keyOf(first), position);
      position.end = Math.max(position.end, end);
      position.waiting.push({ lastOffset: last.offset, firstMs: first.timestampMs });
    },
    committed(id, nextOffset) {
      const position = positions.get(keyOf(id));
      if (position === undefined) return;
      position.committed = Math.max(position.committed, nextOffset);
      while ((position.waiting[0]?.lastOffset ?? nextOffset) < nextOffset) position.waiting.shift();
    },
    measured(id, records) {
      const position = positions.get(keyOf(id));
      if (position !== undefined) position.end = Math.max(position.end, position.committed + records);
    },
    show(nowMs) {
      for (const { topic, partition, end, committed, waiting } of positions.values()) {
        const [oldest] = waiting;
        recordsGauge.set({ topic, partition }, Math.max(0, end - committed));
        secondsGauge.set({ topic, partition }, oldest === undefined ? 0 : Math.max(0, nowMs - oldest.firstMs) / 1000);
      }
    },
    forget(id) {
      const position = positions.get(keyOf(id));
      if (position === undefined) return;
      positions.delete(keyOf(id));
      for (const gauge of [recordsGauge, secondsGauge]) gauge.remove({ topic: position.topic, partition: position.partition });
    },
  };
}
