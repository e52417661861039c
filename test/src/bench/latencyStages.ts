import { monitorEventLoopDelay } from "node:perf_hooks";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { type Finding, findingSchema } from "@bellwether/contracts/finding";
import { TOPICS } from "@bellwether/contracts/topics";
import type { Postgres } from "@bellwether/postgres/open";
import type { RecordSink } from "@bellwether/runtime/log/records";
import { z } from "zod";

/** Where the time between signal and message goes: when each car's alarm came past each station, ms of performance.now(). */

const TOKEN = /:(\d+):(\d+)-(\d+)/;

/** The stations of an alarm between its being sent and the webhook, in order; ms since it was sent. */
export interface Stations {
  readonly landed: number;
  readonly published: number;
  readonly decided: number;
  readonly received: number;
}

export interface Watch {
  readonly store: ColumnStore;
  readonly sink: RecordSink;
  /** Per car, how long after `sentMs` it was where; what never came past is NaN. */
  stations(vin: string, sentMs: number, receivedMs: number): Stations;
  /** Reads where the alarms landed and when they were decided; once, at the end. */
  gather(postgres: Postgres, vins: readonly string[]): Promise<void>;
  /** Longest the process kept everybody waiting, ms: 99th percentile and the worst. */
  loopDelayMs(): { readonly p99: number; readonly max: number };
}

interface Block {
  readonly partition: number;
  readonly first: number;
  readonly last: number;
  readonly atMs: number;
}

const placeRow = z.object({ vin: z.string(), log_partition: z.number(), log_offset: z.number() });
const decidedRow = z.object({ vin: z.string(), at_ms: z.coerce.number() });

/** Puts itself between the services and their store and log. */
export function watchStations(store: ColumnStore, sink: RecordSink): Watch {
  const blocks: Block[] = [];
  const published = new Map<string, number>();
  const landed = new Map<string, number>();
  const decided = new Map<string, number>();
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  return {
    store: {
      ...store,
      async insertNative(table, columns, block, options) {
        await store.insertNative(table, columns, block, options);
        const [, partition, first, last] = TOKEN.exec(options.token) ?? [];
        if (table !== "telemetry") return;
        blocks.push({ partition: Number(partition), first: Number(first), last: Number(last), atMs: performance.now() });
      },
    },
    sink: {
      async send(topic, records) {
        await sink.send(topic, records);
        if (topic !== TOPICS.findings) return;
        for (const { vin, severity, state } of records.map(({ value }) => findingOf(value))) {
          if (severity === "critical" && state === "active" && !published.has(vin)) published.set(vin, performance.now());
        }
      },
    },
    stations: (vin, sentMs, receivedMs) => ({
      landed: (landed.get(vin) ?? Number.NaN) - sentMs,
      published: (published.get(vin) ?? Number.NaN) - sentMs,
      decided: (decided.get(vin) ?? Number.NaN) - sentMs,
      received: receivedMs - sentMs,
    }),
    async gather(postgres, vins) {
      const places = await store.query(
        `SELECT vin, argMax(log_partition, event_time) AS log_partition, argMax(log_offset, event_time) AS log_offset
         FROM telemetry WHERE vin IN {vins:Array(String)} GROUP BY vin`,
        placeRow,
        { params: { vins } },
      );
      for (const { vin, log_partition, log_offset } of places) {
        const block = blocks.find(({ partition, first, last }) => partition === log_partition && log_offset >= first && log_offset <= last);
        if (block !== undefined) landed.set(vin, block.atMs);
      }
      const rows = await postgres.query(
        `SELECT vin, (extract(epoch FROM min(created_at)) * 1000)::float8 AS at_ms FROM notifications WHERE severity = 'critical' GROUP BY vin`,
        [],
        decidedRow,
      );
      for (const { vin, at_ms } of rows) decided.set(vin, at_ms - performance.timeOrigin);
    },
    loopDelayMs: () => ({ p99: Math.round(delay.percentile(99) / 1e6), max: Math.round(delay.max / 1e6) }),
  };
}

function findingOf(value: Buffer): Finding {
  return findingSchema.parse(JSON.parse(value.toString("utf8")));
}
