/** Downlink: querying and setting a terminal's parameters, and controlling it. */
import type { ByteWriter, Cursor, Width } from "./bytes.ts";
import { count, counted, integer, optional, type Row, row, struct } from "./fields.ts";
import type { Edition } from "./frame.ts";
import { text } from "./text.ts";
import { TIME, TIME_BYTES } from "./time.ts";

export interface Parameter {
  readonly id: number;
  readonly name: string;
  /** A number as it stands (unit in the name), or text. */
  readonly value: number | string;
}

/** `domain`: its length is the value of the parameter before it. */
type Shape = readonly [name: string, size: Width | "version" | "domain"];

const VERSION_BYTES = 5;

const SHAPES_2016: ReadonlyMap<number, Shape> = new Map<number, Shape>([
  [0x01, ["local_storage_period_ms", 2]],
  [0x02, ["report_period_s", 2]],
  [0x03, ["alarm_report_period_ms", 2]],
  [0x04, ["remote_domain_length", 1]],
  [0x05, ["remote_domain", "domain"]],
  [0x06, ["remote_port", 2]],
  [0x07, ["hardware_version", "version"]],
  [0x08, ["firmware_version", "version"]],
  [0x09, ["heartbeat_period_s", 1]],
  [0x0a, ["terminal_answer_timeout_s", 2]],
  [0x0b, ["platform_answer_timeout_s", 2]],
  [0x0c, ["login_pause_min", 1]],
  [0x0d, ["public_domain_length", 1]],
  [0x0e, ["public_domain", "domain"]],
  [0x0f, ["public_port", 2]],
  [0x10, ["sampling", 1]],
]);

const SHAPES: Readonly<Record<Edition, ReadonlyMap<number, Shape>>> = {
  2016: SHAPES_2016,
  2025: new Map<number, Shape>([...SHAPES_2016, [0x02, ["report_period_s", 1]], [0x03, ["alarm_report_period_s", 1]]]),
};

const VERSION = text(VERSION_BYTES);
const COUNT = count(1);

/** One parameter; an id without a known width makes everything after it unreadable. */
function readParameter(cursor: Cursor, edition: Edition, previous: Parameter | undefined): Parameter {
  const id = cursor.uint(1);
  const [name, size] = SHAPES[edition].get(id) ?? ["unknown", undefined];
  if (size === "version") return { id, name, value: VERSION.read(cursor) };
  if (size !== "domain" && size !== undefined) return { id, name, value: cursor.uint(size) };
  const isLengthKnown = size === "domain" && previous?.id === id - 1 && typeof previous.value === "number";
  return { id, name, value: isLengthKnown ? cursor.take(Number(previous.value)).toString("latin1") : cursor.giveUp() };
}

function writeParameter(writer: ByteWriter, edition: Edition, { id, value }: Parameter): void {
  writer.uint(id, 1);
  const size = SHAPES[edition].get(id)?.[1];
  if (size === "version") VERSION.write(writer, String(value));
  else if (typeof value === "string") writer.bytes(Buffer.from(value, "latin1"));
  else if (typeof size === "number") writer.uint(value, size);
}

interface ParameterList {
  readonly count: number | "abnormal" | "invalid";
  readonly params: readonly Parameter[];
}

function parameters(edition: Edition): Row<ParameterList> {
  return {
    read(cursor, into) {
      const entries = COUNT.read(cursor);
      const params: Parameter[] = [];
      for (let i = 0; i < Number(entries) && !cursor.isShort; i++) params.push(readParameter(cursor, edition, params.at(-1)));
      into["count"] = entries;
      into["params"] = params;
    },
    write(writer, from) {
      COUNT.write(writer, from.count);
      for (const one of from.params) writeParameter(writer, edition, one);
    },
  };
}

const PARAMETERS = { 2016: parameters(2016), 2025: parameters(2025) } as const;

/** Setting parameters. */
export const SETTINGS = {
  2016: struct(row("time_utc", TIME), PARAMETERS[2016]),
  2025: struct(row("time_utc", TIME), PARAMETERS[2025]),
} as const;

/** The answer to a query, which without parameters is an ordinary answer. */
export const QUERY_ANSWER = {
  2016: struct(optional("time_utc", row("time_utc", TIME), TIME_BYTES), optional("count", PARAMETERS[2016], 1)),
  2025: struct(optional("time_utc", row("time_utc", TIME), TIME_BYTES), optional("count", PARAMETERS[2025], 1)),
} as const;

export const QUERY = struct(row("time_utc", TIME), counted("count", 1, "ids", integer(1)));

const CONTROL_COMMANDS = ["upgrade", "shutdown", "reset", "factory_reset", "disconnect", "alarm", "start_sampling"] as const;
type ControlCommand = (typeof CONTROL_COMMANDS)[number];

interface ControlReading {
  readonly control_id: number;
  readonly control: ControlCommand | { readonly reserved_raw: number };
  /** What follows the id: nothing, an alarm's level and text, or an upgrade's addresses; its layout is the maker's. */
  readonly params_hex: string;
}

const CONTROL_ROW: Row<ControlReading> = {
  read(cursor, into) {
    const id = cursor.uint(1);
    into["control_id"] = id;
    into["control"] = CONTROL_COMMANDS[id - 1] ?? { reserved_raw: id };
    into["params_hex"] = cursor.take(cursor.left()).toString("hex");
  },
  write(writer, from) {
    writer.uint(from.control_id, 1);
    writer.bytes(Buffer.from(from.params_hex, "hex"));
  },
};
export const CONTROL = struct(row("time_utc", TIME), CONTROL_ROW);
