/**
 * Our own JSON straight into a row: the same reports as sampleJson.ts, without an object per report. It takes those where every key
 * and value is as it should be and leaves all others to the general decoder, which says what is wrong with them.
 */

import type { ReportRow } from "../blocks/reportRow.ts";
import { LIST_NAMES, SCALAR_NAMES } from "../blocks/signalColumns.ts";
import { createVinTable, type KnownVin } from "../gbt32960/columnar/vinTable.ts";
import { VIN_BYTES } from "../gbt32960/frame.ts";
import { instantMs } from "./json.ts";
import { ByteWords, JsonCursor, NULL_BYTES } from "./jsonCursor.ts";
import { FALSE_BYTES, keyOf, type SignalKey, TRUE_BYTES, takeSignal } from "./sampleValues.ts";

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;
const QUOTE = 0x22;

const SIGNALS: readonly SignalKey[] = [...SCALAR_NAMES.map(keyOf), ...LIST_NAMES.map(keyOf)];
const OTHERS = ["vin", "eventTime", "receivedTime", "isReissue", "dtcs", "extra"] as const;
const NAMES: readonly string[] = [...SIGNALS.map(({ name }) => name), ...OTHERS];
const KEYS = new ByteWords(NAMES);
/** Keys as they nearly always stand in a report. */
const WRITTEN: readonly Buffer[] = NAMES.map((name) => Buffer.from(`"${name}":`));
/** Stands for the key before the first. */
const NONE = NAMES.length;

export class SampleReader {
  readonly #cursor = new JsonCursor();
  readonly #vins = createVinTable();
  /** In which report each key was seen last: of keys that come twice JSON keeps the last, which is not worth a second account of it. */
  readonly #seenIn = new Float64Array(NAMES.length);
  /** Which key came behind each key the last time: a source writes its reports alike. */
  readonly #following = new Int16Array(NAMES.length + 1);
  #report = 0;
  #known: KnownVin | undefined;
  #eventTimeMs: number | undefined;
  #receivedTimeMs = 0;

  /**
   * Fills the row with a report; the vehicle, or undefined where the general decoder has to look. `receivedTimeMs` is when the log
   * received the record; a receive time inside it wins.
   */
  read(payload: Buffer, receivedTimeMs: number, row: ReportRow): KnownVin | undefined {
    this.#begin(payload, receivedTimeMs);
    row.clear();
    if (!this.#takeMembers(payload, row)) return undefined;
    const known = this.#known;
    const eventTimeMs = this.#eventTimeMs;
    if (known === undefined || eventTimeMs === undefined) return undefined;
    row.vin = known.vin;
    row.eventTimeMs = eventTimeMs;
    row.receivedTimeMs = this.#receivedTimeMs;
    row.format = "sample-json";
    return known;
  }

  #begin(payload: Buffer, receivedTimeMs: number): void {
    this.#report++;
    this.#known = undefined;
    this.#eventTimeMs = undefined;
    this.#receivedTimeMs = receivedTimeMs;
    this.#cursor.open(payload);
  }

  #takeMembers(payload: Buffer, row: ReportRow): boolean {
    const cursor = this.#cursor;
    if (!cursor.take(OPEN_BRACE)) return false;
    let key = NONE;
    do {
      key = this.#takeKey(key);
      if (key < 0 || this.#seenIn[key] === this.#report) return false;
      this.#seenIn[key] = this.#report;
      const signal = SIGNALS[key];
      if (signal === undefined ? !this.#takeOther(key, payload, row) : !takeSignal(cursor, signal, row)) return false;
    } while (cursor.take(COMMA));
    return cursor.take(CLOSE_BRACE) && cursor.isAtEnd();
  }

  /** Position among NAMES; -1 for anything else. */
  #takeKey(previous: number): number {
    const cursor = this.#cursor;
    const expected = this.#following[previous] ?? 0;
    if (cursor.takeBytes(WRITTEN[expected] ?? NULL_BYTES)) return expected;
    if (!cursor.takeText()) return -1;
    const key = cursor.wordAmong(KEYS);
    this.#following[previous] = Math.max(key, 0);
    return cursor.take(COLON) ? key : -1;
  }

  #takeOther(key: number, payload: Buffer, row: ReportRow): boolean {
    const cursor = this.#cursor;
    switch (OTHERS[key - SIGNALS.length]) {
      case "vin":
        // One of another length is the general decoder's to judge.
        this.#known =
          cursor.takeText() && cursor.textTo - cursor.textFrom === VIN_BYTES ? this.#vins.at(payload, cursor.textFrom) : undefined;
        return this.#known !== undefined;
      case "eventTime":
        this.#eventTimeMs = this.#takeInstant();
        return this.#eventTimeMs !== undefined;
      case "receivedTime":
        return cursor.takeWord(NULL_BYTES) || this.#takeReceivedTime();
      case "isReissue":
        row.isReissue = cursor.takeWord(TRUE_BYTES);
        return row.isReissue || cursor.takeWord(FALSE_BYTES) || cursor.takeWord(NULL_BYTES);
      case "dtcs":
        return cursor.takeWord(NULL_BYTES) || (cursor.take(OPEN_BRACKET) && cursor.take(CLOSE_BRACKET));
      default:
        return cursor.takeWord(NULL_BYTES);
    }
  }

  #takeReceivedTime(): boolean {
    const receivedTimeMs = this.#takeInstant();
    if (receivedTimeMs === undefined) return false;
    this.#receivedTimeMs = receivedTimeMs;
    return true;
  }

  #takeInstant(): number | undefined {
    const cursor = this.#cursor;
    if (cursor.peek() === QUOTE) return cursor.takeText() ? instantMs(cursor.text()) : undefined;
    return instantMs(cursor.takeNumber());
  }
}
