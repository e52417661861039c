import { encodeNativeParts, type NativeColumn } from "@bellwether/clickhouse/native";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { tokenOf } from "../blocks/block.ts";
import type { Block } from "../blocks/content.ts";
import { pieceToken } from "../blocks/months.ts";
import type { RowKey } from "../blocks/telemetryPiece.ts";
import { createPresence, insertSurely } from "../ledger/presence.ts";

export interface Writer {
  /** Inserts everything a sealed block puts into the tables, asking `mayWrite` before each insert. Doing it twice stores it once. */
  write(block: Block, mayWrite?: () => Promise<void>): Promise<void>;
}

/**
 * The engine can collapse equal keys while it inserts, which costs a quarter of the insert; where there are none it need not look.
 * Rows that meet later collapse at a merge, as always.
 */
function settingsFor({ mayRepeat }: { readonly mayRepeat: boolean }): Readonly<Record<string, number>> {
  return { optimize_on_insert: mayRepeat ? 1 : 0 };
}

const DETAIL_MAX = 500;
const KEY_MAX = 64;

/** Writes blocks in ClickHouse's Native format: eight times the rate of JSON for the same rows (measured). */
export function createWriter(store: ColumnStore): Writer {
  const presence = createPresence(store);

  async function insert<P extends { readonly firstRow: RowKey; readonly mayRepeat: boolean }>(
    table: "telemetry" | "dtc_events",
    block: Block,
    pieces: readonly P[],
    columnsOf: (piece: P) => readonly NativeColumn[],
    mayWrite: () => Promise<void>,
  ) {
    for (const [i, piece] of pieces.entries()) {
      const columns = columnsOf(piece);
      const names = columns.map(({ name }) => name);
      const encoded = encodeNativeParts(columns);
      const token = pieceToken(tokenOf(block), i, pieces.length);
      await mayWrite();
      await insertSurely({
        block,
        token,
        insert: (own) => store.insertNative(table, names, encoded, { token: own, settings: settingsFor(piece) }),
        isStored: () => presence.hasRow(table, block, piece.firstRow),
      });
    }
  }

  async function insertRows(
    table: "rejected_records" | "dead_letter_replays",
    block: Block,
    rows: readonly object[],
    mayWrite: () => Promise<void>,
  ): Promise<void> {
    if (rows.length === 0) return;
    await mayWrite();
    await insertSurely({
      block,
      token: tokenOf(block),
      insert: (token) => store.insertRows(table, rows, { token }),
      isStored: () => (table === "rejected_records" ? presence.hasRejection(block) : Promise.resolve(true)),
    });
  }

  return {
    async write(block, mayWrite = async () => {}) {
      const { telemetry, dtcs } = block.content;
      await insert("telemetry", block, telemetry, (piece) => piece.columns(block), mayWrite);
      await insert("dtc_events", block, dtcs, (piece) => piece.columns(block), mayWrite);
      await insertRows("rejected_records", block, rejectionRows(block), mayWrite);
      await insertRows("dead_letter_replays", block, arrivalRows(block), mayWrite);
    },
  };
}

function rejectionRows({ topic, partition, content }: Block): readonly object[] {
  return content.parked.map(({ offset, record, replay }) => ({
    log_topic: topic,
    log_partition: partition,
    log_offset: offset,
    reason: record.rejection.reason,
    detail: record.rejection.detail.slice(0, DETAIL_MAX),
    received_time: new Date(record.receivedTimeMs).toISOString(),
    key: record.keyText.slice(0, KEY_MAX),
    raw_bytes: record.rawBytes,
    raw_base64: record.value.toString("base64"),
    key_base64: record.key?.toString("base64") ?? "",
    headers: JSON.stringify(record.headers),
    is_sealed: record.isSealed,
    is_whole: record.isWhole,
    origin_topic: replay?.topic ?? topic,
    origin_partition: replay?.partition ?? partition,
    origin_offset: replay?.offset ?? offset,
    attempt: replay?.attempt ?? 0,
  }));
}

/** Replayed dead letters that have come through, whatever became of them. */
function arrivalRows({ content }: Block): readonly object[] {
  return content.replays.map((replay) => ({
    origin_topic: replay.topic,
    origin_partition: replay.partition,
    origin_offset: replay.offset,
    attempt: replay.attempt,
    state: "arrived",
    at: new Date(content.oldestLoggedMs).toISOString(),
  }));
}
