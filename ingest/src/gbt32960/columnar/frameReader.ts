/**
 * A whole GB/T 32960 report straight into a row: no object per item, per cell or per report. It knows the frames nearly every
 * report is (one frame, unencrypted, the usual items, plausible values, no trouble codes) and leaves all others to the general
 * decoder (decode/gbt32960.ts), which gives the same rows for those it knows (frameReader.property.test.ts).
 */
import type { ReportRow } from "../../blocks/reportRow.ts";
import { COMMANDS, DATA_BYTES_MAX, ENVELOPE_BYTES, editionAt, HEADER_BYTES, OFFSETS } from "../frame.ts";
import { isEncrypted, isReport } from "../message.ts";
import { TIME_BYTES, utcMsAt } from "../time.ts";
import { type EditionItems, ITEMS_OF } from "./editions.ts";
import { PackPlaces, readPackItem, skipPackItem } from "./lists.ts";
import { createVinTable, type KnownVin } from "./vinTable.ts";
import { createWordCheck } from "./wordCheck.ts";

export interface FrameReader {
  /** Fills the row, except for its receive time; the vehicle, or undefined where the general decoder has to look. */
  read(frame: Buffer, row: ReportRow): KnownVin | undefined;
}

export function createFrameReader(): FrameReader {
  const vins = createVinTable();
  const blockCheck = createWordCheck();
  const places = { cells: new PackPlaces(), probes: new PackPlaces() };

  /** Behind the type bytes of the items that are read last; 0 where the report has none. */
  let cellsAt = 0;
  let probesAt = 0;
  let extremesAt = 0;

  function readItems(bytes: Buffer, from: number, end: number, items: EditionItems, row: ReportRow): boolean {
    let seen = 0;
    cellsAt = probesAt = extremesAt = 0;
    for (let at = from; at < end; ) {
      const type = bytes[at] ?? 0;
      // Of items that come twice the last counts, but what the first one left stays: not worth a second account of it.
      if (type > 0x1f || (seen & (1 << type)) !== 0) return false;
      seen |= 1 << type;
      at = next(bytes, at + 1, end, type, items, row);
      if (at < 0 || at > end) return false;
    }
    return seen !== 0 && readLater(bytes, items, row);
  }

  function next(bytes: Buffer, at: number, end: number, type: number, items: EditionItems, row: ReportRow): number {
    const plain = items.plain[type];
    if (plain !== undefined) return plain(bytes, at, end, row);
    if (type === items.extremes?.type) {
      extremesAt = at;
      return at + items.extremes.bytes;
    }
    if (type === items.cells.type) {
      cellsAt = at;
      return skipPackItem(bytes, at, end, items.cells.item);
    }
    if (type === items.probes.type) {
      probesAt = at;
      return skipPackItem(bytes, at, end, items.probes.item);
    }
    return -1;
  }

  /** Cells, probes and extremes in the general decoder's order, whatever theirs is: their marks come out in it. */
  function readLater(bytes: Buffer, items: EditionItems, row: ReportRow): boolean {
    places.cells.clear();
    places.probes.clear();
    if (cellsAt > 0 && !readPackItem(bytes, cellsAt, items.cells.item, places.cells, row)) return false;
    if (probesAt > 0 && !readPackItem(bytes, probesAt, items.probes.item, places.probes, row)) return false;
    return extremesAt === 0 || items.extremes === undefined || items.extremes.read(bytes, extremesAt, places, row);
  }

  return {
    read(frame, row) {
      const edition = editionAt(frame, 0);
      if (edition === null || !isReportOfItsLength(frame)) return undefined;
      if (blockCheck(frame, OFFSETS.command, frame.length - 1) !== frame[frame.length - 1]) return undefined;
      const known = vins.at(frame, OFFSETS.vin);
      const timeMs = utcMsAt(frame, HEADER_BYTES);
      if (known === undefined || timeMs === null) return undefined;
      row.clear();
      row.vin = known.vin;
      row.eventTimeMs = timeMs;
      row.format = "gbt32960";
      row.isReissue = frame[OFFSETS.command] === COMMANDS.reissue;
      return readItems(frame, HEADER_BYTES + TIME_BYTES, frame.length - 1, ITEMS_OF[edition], row) ? known : undefined;
    },
  };
}

/** Exactly one frame: an unencrypted report or reissue, long enough for a time and an item. */
function isReportOfItsLength(frame: Buffer): boolean {
  const { length } = frame;
  if (length <= ENVELOPE_BYTES + TIME_BYTES) return false;
  const dataLength = ((frame[OFFSETS.dataLength] ?? 0) << 8) | (frame[OFFSETS.dataLength + 1] ?? 0);
  if (dataLength > DATA_BYTES_MAX || length !== ENVELOPE_BYTES + dataLength) return false;
  if (!isReport({ command: frame[OFFSETS.command] ?? 0, ack: frame[OFFSETS.ack] ?? 0 })) return false;
  return !isEncrypted({ encryption: frame[OFFSETS.encryption] ?? 0 });
}
