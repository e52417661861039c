import { encodeNative, type NativeColumn } from "@bellwether/clickhouse/native";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { type Block, tokenOf } from "./block.ts";
import { pieceToken } from "./months.ts";

export interface Writer {
  /** Inserts everything a sealed block puts into the tables. Doing it twice stores it once. */
  write(block: Block): Promise<void>;
}

const DETAIL_MAX = 500;
const KEY_MAX = 64;

/** Writes blocks in ClickHouse's Native format: eight times the rate of JSON for the same rows (measured). */
export function createWriter(store: ColumnStore): Writer {
  async function insert<P>(table: string, token: string, pieces: readonly P[], columnsOf: (piece: P) => readonly NativeColumn[]) {
    for (const [i, piece] of pieces.entries()) {
      const columns = columnsOf(piece);
      const names = columns.map(({ name }) => name);
      await store.insertNative(table, names, encodeNative(columns), { token: pieceToken(token, i, pieces.length) });
    }
  }

  return {
    async write(block) {
      const token = tokenOf(block);
      const { telemetry, dtcs } = block.content;
      await insert("telemetry", token, telemetry, (piece) => piece.columns(block));
      await insert("dtc_events", token, dtcs, (piece) => piece.columns());
      await store.insertRows("rejected_records", rejectionRows(block), { token });
    },
  };
}

function rejectionRows({ topic, partition, content }: Block): readonly object[] {
  return content.parked.map(({ offset, record: { rejection, receivedTimeMs, key, raw } }) => ({
    log_topic: topic,
    log_partition: partition,
    log_offset: offset,
    reason: rejection.reason,
    detail: rejection.detail.slice(0, DETAIL_MAX),
    received_time: new Date(receivedTimeMs).toISOString(),
    key: (key ?? "").toString().slice(0, KEY_MAX),
    raw_bytes: raw.length,
  }));
}
