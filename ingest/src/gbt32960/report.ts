/** The item sequence of a real-time report or reissue. */
import { ByteWriter, Cursor } from "./bytes.ts";
import type { Codec } from "./fields.ts";
import type { Edition } from "./frame.ts";
import { ITEMS_2016, type Item2016 } from "./items2016.ts";
import { ITEMS_2025, type Item2025 } from "./items2025.ts";
import { type FrameTime, TIME, TIME_BYTES } from "./time.ts";

/** User-defined types 80–FE: a length and bytes whose meaning only the maker knows. */
export interface CustomItem {
  readonly type: number;
  readonly name: "custom";
  readonly length: number;
  readonly data_hex: string;
}

/** The item and everything after it could not be told apart: from the type byte to the end of the data unit. */
export interface RestItem {
  readonly type: number;
  readonly name: "malformed" | "unknown";
  readonly reason?: string;
  readonly rest_hex: string;
}

export type StandardItem = Item2016 | Item2025;
export type ReportItem = StandardItem | CustomItem | RestItem;

/** The items printed under a name, of both editions. */
export type ItemNamed<N extends ReportItem["name"]> = Extract<ReportItem, { readonly name: N }>;

export interface Report {
  readonly time_utc: FrameTime;
  readonly infos: readonly ReportItem[];
}

const CUSTOM_FIRST = 0x80;
const CUSTOM_LAST = 0xfe;

const TABLES: Readonly<Record<Edition, ReadonlyMap<number, Codec<StandardItem>>>> = { 2016: ITEMS_2016, 2025: ITEMS_2025 };

/** Reads a report's data unit; null when it is too short for the time. */
export function readReport(data: Buffer, edition: Edition): Report | null {
  if (data.length < TIME_BYTES) return null;
  const cursor = new Cursor(data);
  const time = TIME.read(cursor);
  const infos: ReportItem[] = [];
  while (cursor.left() > 0) infos.push(readItem(cursor, edition));
  return { time_utc: time, infos };
}

/** One item; whatever cannot be read takes the rest of the data unit with it. */
function readItem(cursor: Cursor, edition: Edition): ReportItem {
  const from = cursor.at;
  const type = cursor.uint(1);
  const codec = TABLES[edition].get(type);
  if (codec === undefined) {
    return type >= CUSTOM_FIRST && type <= CUSTOM_LAST ? readCustom(cursor, type) : restOf(cursor, from, { type, name: "unknown" });
  }
  const available = cursor.left();
  const standard = codec.read(cursor);
  if (!cursor.isShort) return standard;
  return restOf(cursor, from, { type, name: "malformed", reason: `${standard.name} longer than the ${available} bytes left` });
}

function readCustom(cursor: Cursor, type: number): CustomItem | RestItem {
  const from = cursor.at - 1;
  const length = cursor.uint(2);
  if (cursor.isShort) return restOf(cursor, from, { type, name: "malformed", reason: "custom length missing" });
  const left = cursor.left();
  if (length > left) return restOf(cursor, from, { type, name: "malformed", reason: `custom length ${length} > ${left} left` });
  return { type, name: "custom", length, data_hex: cursor.take(length).toString("hex") };
}

function restOf(cursor: Cursor, from: number, item: Omit<RestItem, "rest_hex">): RestItem {
  cursor.at = cursor.end;
  return { ...item, rest_hex: cursor.bytes.toString("hex", from, cursor.end) };
}

/** The data unit of a report. */
export function writeReport(report: Report, edition: Edition): Buffer {
  const writer = new ByteWriter();
  TIME.write(writer, report.time_utc);
  for (const one of report.infos) writeItem(writer, one, edition);
  return writer.toBuffer();
}

function writeItem(writer: ByteWriter, one: ReportItem, edition: Edition): void {
  if (one.name === "custom") {
    writer.uint(one.type, 1);
    writer.uint(one.length, 2);
    writer.bytes(Buffer.from(one.data_hex, "hex"));
  } else if ("rest_hex" in one) {
    writer.bytes(Buffer.from(one.rest_hex, "hex"));
  } else {
    TABLES[edition].get(one.type)?.write(writer, one);
  }
}
