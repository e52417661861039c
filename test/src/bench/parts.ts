import { encodeNative, encodeNativeParts } from "@bellwether/clickhouse/native";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { createQuickArrival } from "@bellwether/ingest/arrival/quickArrival";
import { BlockContent } from "@bellwether/ingest/blocks/content";
import { createPieces, type Pieces } from "@bellwether/ingest/blocks/pieces";
import { ingestConfigSchema } from "@bellwether/ingest/config";
import type { LogRecord, OutgoingRecord, RecordLog } from "@bellwether/runtime/log/records";
import { type Measurement, measure, PARTITIONS } from "./setup.ts";

/** The pipeline's parts, each measured alone: what the log costs, what decoding and building cost, and what the engine can take at most. */

const CONFIG = ingestConfigSchema.parse({});
const ORIGIN = { topic: "bench-parts", partition: 0 };

/** A block as the engine takes it. */
export interface BuiltBlock {
  readonly rows: number;
  readonly columns: readonly string[];
  readonly bytes: Uint8Array;
}

/** Takes a topic's records from the log and does nothing with them. */
export async function consumeAll(log: RecordLog, topic: string, reports: number): Promise<Measurement> {
  let taken = 0;
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return measure(reports, async () => {
    const subscription = await log.source.subscribe({
      topics: [topic],
      group: `${topic}-consume`,
      async onBatch({ records }) {
        taken += records.length;
        if (taken >= reports) finish();
      },
    });
    await Promise.race([finished, subscription.done]);
    await subscription.close();
  });
}

export function toLogRecords(records: Iterable<OutgoingRecord>): LogRecord[] {
  const timestampMs = Date.now();
  return Array.from(records, ({ key, value }, offset) => ({
    ...ORIGIN,
    offset,
    key: typeof key === "string" ? Buffer.from(key) : key,
    value,
    headers: {},
    timestampMs,
  }));
}

/** CPU time per report of reading records into rows, and of putting rows into columns and columns into a block. */
export async function decodeAndBuild(records: readonly LogRecord[]): Promise<{ readonly decodeUs: number; readonly buildUs: number }> {
  const arrive = createQuickArrival(CONFIG);
  const decodeAll = async () => {
    for (const record of records) arrive(record);
  };
  const pieces = createPieces();
  const buildAll = async () => {
    for (const { columns } of builtPieces(records, pieces)) encodeNativeParts(columns);
  };
  // Once before, because code that V8 has not compiled yet is several times slower.
  await decodeAll();
  await buildAll();
  const decode = await measure(records.length, decodeAll);
  const both = await measure(records.length, buildAll);
  return { decodeUs: decode.cpuUsPerReport, buildUs: Math.max(0, both.cpuUsPerReport - decode.cpuUsPerReport) };
}

/** The blocks ingest would insert for these records. */
export function buildBlocks(records: readonly LogRecord[]): readonly BuiltBlock[] {
  return Array.from(builtPieces(records, createPieces()), ({ rows, columns }) => ({
    rows,
    columns: columns.map(({ name }) => name),
    bytes: encodeNative(columns),
  }));
}

/** What the records become, block by block; a block's columns hold until the next one is asked for. */
function* builtPieces(records: readonly LogRecord[], pieces: Pieces) {
  const arrive = createQuickArrival(CONFIG);
  let content = new BlockContent(pieces);
  for (const [i, record] of records.entries()) {
    const outcome = arrive(record);
    if (outcome === undefined) throw new Error("expected a report the short way takes");
    content.add(outcome);
    if (content.rows < CONFIG.ingestBlockRows && i < records.length - 1) continue;
    const { telemetry } = content;
    for (const piece of telemetry) yield { rows: piece.rows, columns: piece.columns(ORIGIN) };
    pieces.give(telemetry);
    content = new BlockContent(pieces);
  }
}

/** The machine's limit: the engine inserts built blocks and nothing else happens; as many at a time as ingest has partitions here. */
export async function insertAlone(store: ColumnStore, blocks: readonly BuiltBlock[], token: string): Promise<Measurement> {
  const reports = blocks.reduce((sum, { rows }) => sum + rows, 0);
  return measure(reports, async () => {
    const queue = [...blocks.entries()];
    const worker = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [i, { columns, bytes }] = next;
        await store.insertNative("telemetry", columns, bytes, { token: `${token}:${i}`, settings: { optimize_on_insert: 0 } });
      }
    };
    await Promise.all(Array.from({ length: PARTITIONS }, worker));
  });
}
