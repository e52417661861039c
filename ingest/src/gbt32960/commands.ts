/** Field tables of everything that is not a report: login and logout, platform, time, activation, keys, answers. */
import {
  blob,
  type Codec,
  type Count,
  count,
  counted,
  integer,
  optional,
  type ReadingOf,
  type Row,
  readList,
  row,
  short,
  struct,
  word,
} from "./fields.ts";
import { ACK_COMMAND, COMMANDS, type Edition, type Header } from "./frame.ts";
import { SIGNATURE_BODY } from "./items2025.ts";
import { CONTROL, QUERY, QUERY_ANSWER, SETTINGS } from "./parameters.ts";
import { text } from "./text.ts";
import { TIME, TIME_BYTES } from "./time.ts";

const SEQUENCE = { rawMin: 1, rawMax: 65_531 };
const ICCID_BYTES = 20;
const PACK_CODE_BYTES = 24;

const SUBSYSTEM_COUNT = count(1);

interface SubsystemCodes {
  readonly subsystem_count: Count;
  readonly code_length: Count;
  readonly codes: readonly string[];
}

/** n codes of m characters each; length 0 means that no codes follow. */
const SUBSYSTEM_CODES: Row<SubsystemCodes> = {
  read(cursor, into) {
    const subsystems = SUBSYSTEM_COUNT.read(cursor);
    const length = SUBSYSTEM_COUNT.read(cursor);
    const isListed = typeof subsystems === "number" && typeof length === "number" && length > 0;
    into["subsystem_count"] = subsystems;
    into["code_length"] = length;
    into["codes"] = isListed ? readList(cursor, subsystems, text(length)) : [];
  },
  write(writer, from) {
    SUBSYSTEM_COUNT.write(writer, from.subsystem_count);
    SUBSYSTEM_COUNT.write(writer, from.code_length);
    const code = text(typeof from.code_length === "number" ? from.code_length : 0);
    for (const one of from.codes) code.write(writer, one);
  },
};

interface PackCodes {
  readonly bms_count: Count;
  readonly packs_per_bms: readonly Count[];
  readonly pack_codes: readonly (readonly string[])[];
}

const PACKS_OF_BMS = counted("bms_count", 1, "packs_per_bms", count(1));
const PACK_CODE = text(PACK_CODE_BYTES);

/** The pack counts of all battery management systems come first, then all codes, system by system. */
const PACK_CODES: Row<PackCodes> = {
  read(cursor, into) {
    const counts: Record<string, unknown> & { packs_per_bms?: readonly Count[] } = into;
    PACKS_OF_BMS.read(cursor, counts);
    into["pack_codes"] = (counts.packs_per_bms ?? []).map((packs) => readList(cursor, typeof packs === "number" ? packs : 0, PACK_CODE));
  },
  write(writer, from) {
    PACKS_OF_BMS.write(writer, from);
    for (const code of from.pack_codes.flat()) PACK_CODE.write(writer, code);
  },
};

const LOGIN_HEAD = [row("time_utc", TIME), short("login_seq", SEQUENCE)] as const;
const ICCID = row("iccid", text(ICCID_BYTES));
const LOGIN_2016 = struct(...LOGIN_HEAD, ICCID, SUBSYSTEM_CODES);
const LOGIN_2025 = struct(...LOGIN_HEAD, ICCID, PACK_CODES);
const LOGOUT = struct(row("time_utc", TIME), short("seq", SEQUENCE));
const PLATFORM_LOGIN = struct(
  ...LOGIN_HEAD,
  row("user", text(12)),
  row("password", text(20)),
  // A plain number like the header's `encryption`: both editions share its codes, and 2025 knows more of them.
  row("encryption_rule", integer(1)),
);
const EMPTY = struct();
/** Some platforms keep more of the message than its time; that stays as rest. */
const ANSWER = struct(optional("time_utc", row("time_utc", TIME), TIME_BYTES));

const KEY_TYPES = { 2: "rsa", 3: "aes", 4: "sm2", 5: "sm4" } as const;
const ACTIVATION = struct(
  row("time_utc", TIME),
  row("chip_id", text(16)),
  blob("public_key_length", 2, "public_key_hex"),
  row("activation_vin", text(17)),
  row("signature", struct(...SIGNATURE_BODY)),
);
const ACTIVATION_ANSWER = struct(row("state", word(["ok", "failed"])), row("info", integer(1)));
const KEY_EXCHANGE = struct(
  row("key_type", word(KEY_TYPES)),
  blob("key_length", 2, "key_hex"),
  row("valid_from_utc", TIME),
  row("valid_to_utc", TIME),
);

export type CommandBody =
  | ReadingOf<typeof LOGIN_2016>
  | ReadingOf<typeof LOGIN_2025>
  | ReadingOf<typeof LOGOUT>
  | ReadingOf<typeof PLATFORM_LOGIN>
  | ReadingOf<typeof EMPTY>
  | ReadingOf<typeof ANSWER>
  | ReadingOf<typeof ACTIVATION>
  | ReadingOf<typeof ACTIVATION_ANSWER>
  | ReadingOf<typeof KEY_EXCHANGE>
  | ReadingOf<typeof QUERY>
  | ReadingOf<(typeof SETTINGS)[Edition]>
  | ReadingOf<(typeof QUERY_ANSWER)[Edition]>
  | ReadingOf<typeof CONTROL>;

const SHARED: readonly (readonly [number, Codec<CommandBody>])[] = [
  [COMMANDS.logout, LOGOUT],
  [COMMANDS.platformLogin, PLATFORM_LOGIN],
  [COMMANDS.platformLogout, LOGOUT],
  [COMMANDS.heartbeat, EMPTY],
  [COMMANDS.timeSync, EMPTY],
  [COMMANDS.queryParameters, QUERY],
  [COMMANDS.control, CONTROL],
];

const REQUESTS: Readonly<Record<Edition, ReadonlyMap<number, Codec<CommandBody>>>> = {
  2016: new Map<number, Codec<CommandBody>>([...SHARED, [COMMANDS.login, LOGIN_2016], [COMMANDS.setParameters, SETTINGS[2016]]]),
  2025: new Map<number, Codec<CommandBody>>([
    ...SHARED,
    [COMMANDS.login, LOGIN_2025],
    [COMMANDS.setParameters, SETTINGS[2025]],
    [COMMANDS.activation, ACTIVATION],
    [COMMANDS.activationAnswer, ACTIVATION_ANSWER],
    [COMMANDS.keyExchange, KEY_EXCHANGE],
  ]),
};

/** The table for a frame's data unit, or null for a command the edition does not define. */
export function bodyTable({ edition, command, ack }: Pick<Header, "edition" | "command" | "ack">): Codec<CommandBody> | null {
  if (ack === ACK_COMMAND || (edition === 2025 && command === COMMANDS.activationAnswer)) return REQUESTS[edition].get(command) ?? null;
  return command === COMMANDS.queryParameters ? QUERY_ANSWER[edition] : ANSWER;
}
