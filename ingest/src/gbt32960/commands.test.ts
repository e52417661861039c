import { describe, expect, it } from "vitest";
import { COMMANDS, type Edition, writeFrame } from "./frame.ts";
import { decodeFrame, encodeMessage } from "./message.ts";
import { printFrame } from "./print.ts";

interface Wish {
  readonly edition?: Edition;
  readonly ack?: number;
}

const ascii = (text: string, bytes: number): string => Buffer.from(text.padEnd(bytes, "\0")).toString("hex");
const TIME = "1a0102080000";
const TIME_UTC = "2026-01-02T00:00:00Z";

/** What is printed beside the header; the frame must also survive being encoded again. */
function printed(command: number, body: string, { edition = 2016, ack = 0xfe }: Wish = {}): unknown {
  const data = Buffer.from(body.replaceAll(" ", ""), "hex");
  const frame = writeFrame({ edition, command, ack, encryption: 1, vin: "LTEST00000000001X" }, data);
  const result = decodeFrame(frame);
  if (result.kind === "message") expect(encodeMessage(result.message).toString("hex")).toBe(frame.toString("hex"));
  const {
    version,
    command: _command,
    ack: _ack,
    vin,
    encryption,
    data_length,
    bcc,
    bcc_computed,
    bcc_ok,
    ...rest
  } = printFrame(result) ?? {};
  return rest;
}

describe("logins", () => {
  it("without codes say length 0", () => {
    expect(printed(COMMANDS.login, `${TIME} 0007 ${ascii("89860000000000000001", 20)} 01 00`)).toEqual({
      time_utc: TIME_UTC,
      login_seq: 7,
      iccid: "89860000000000000001",
      subsystem_count: 1,
      code_length: 0,
      codes: [],
    });
  });

  it("of 2025 list the pack codes of each battery management system", () => {
    const codes = ascii("PACK-A", 24) + ascii("PACK-B", 24) + ascii("PACK-C", 24);
    expect(printed(COMMANDS.login, `${TIME} 0001 ${ascii("8986", 20)} 02 02 01 ${codes}`, { edition: 2025 })).toMatchObject({
      bms_count: 2,
      packs_per_bms: [2, 1],
      pack_codes: [["PACK-A", "PACK-B"], ["PACK-C"]],
    });
  });

  it("of a platform carry user and rule", () => {
    expect(printed(COMMANDS.platformLogin, `${TIME} 0001 ${ascii("user", 12)} ${ascii("secret", 20)} 01`)).toEqual({
      time_utc: TIME_UTC,
      login_seq: 1,
      user: "user",
      password: "secret",
      encryption_rule: 1,
    });
    const sm4 = `${TIME} 0001 ${ascii("user", 12)} ${ascii("secret", 20)} 05`;
    expect(printed(COMMANDS.platformLogin, sm4, { edition: 2025 })).toMatchObject({ encryption_rule: 5 });
    expect(printed(COMMANDS.platformLogout, `${TIME} 0001`)).toEqual({ time_utc: TIME_UTC, seq: 1 });
  });

  it("that end early stay as bytes with a reason", () => {
    expect(printed(COMMANDS.login, `${TIME} 0007 3839`)).toEqual({
      reason: "command 1 longer than its 10 bytes",
      rest_hex: "1a01020800000007 3839".replace(" ", ""),
    });
  });

  it("keep bytes behind their fields", () => {
    expect(printed(COMMANDS.logout, `${TIME} 0001 abcd`)).toEqual({ time_utc: TIME_UTC, seq: 1, rest_hex: "abcd" });
  });
});

describe("commands of the 2025 edition", () => {
  const wish = { edition: 2025 } as const;

  it("activate a chip", () => {
    expect(
      printed(COMMANDS.activation, `${TIME} ${ascii("CHIP", 16)} 0002 abcd ${ascii("LTEST00000000001X", 17)} 01 0001 aa 0001 bb`, wish),
    ).toEqual({
      time_utc: TIME_UTC,
      chip_id: "CHIP",
      public_key_length: 2,
      public_key_hex: "abcd",
      activation_vin: "LTEST00000000001X",
      signature: { algorithm: "sm2", r_length: 1, r_hex: "aa", s_length: 1, s_hex: "bb" },
    });
    expect(printed(COMMANDS.activationAnswer, "02 01", { ...wish, ack: 1 })).toEqual({ state: "failed", info: 1 });
  });

  it("exchange keys", () => {
    expect(printed(COMMANDS.keyExchange, `05 0002 abcd ${TIME} 1b0102080000`, wish)).toEqual({
      key_type: "sm4",
      key_length: 2,
      key_hex: "abcd",
      valid_from_utc: TIME_UTC,
      valid_to_utc: "2027-01-02T00:00:00Z",
    });
  });

  it("are unknown in 2016", () => {
    expect(printed(COMMANDS.keyExchange, "0102")).toEqual({ rest_hex: "0102" });
  });
});

describe("downlink", () => {
  it("queries parameters by id, and the answer carries them", () => {
    expect(printed(COMMANDS.queryParameters, `${TIME} 02 02 06`)).toEqual({ time_utc: TIME_UTC, count: 2, ids: [2, 6] });
    expect(printed(COMMANDS.queryParameters, `${TIME} 01 02 001e`, { ack: 1 })).toEqual({
      time_utc: TIME_UTC,
      count: 1,
      params: [{ id: 2, name: "report_period_s", value: 30 }],
    });
  });

  it("sets parameters; a domain is as long as the parameter before it says", () => {
    expect(printed(COMMANDS.setParameters, `${TIME} 03 04 03 05 612e62 07 ${ascii("1.0", 5)}`)).toMatchObject({
      params: [
        { id: 4, value: 3 },
        { name: "remote_domain", value: "a.b" },
        { name: "hardware_version", value: "1.0" },
      ],
    });
  });

  it("has a one-byte report period in 2025", () => {
    expect(printed(COMMANDS.setParameters, `${TIME} 01 02 1e`, { edition: 2025 })).toMatchObject({ params: [{ id: 2, value: 30 }] });
  });

  it("keeps everything as bytes behind an unknown parameter", () => {
    expect(printed(COMMANDS.setParameters, `${TIME} 02 77 01 02 001e`)).toMatchObject({
      reason: expect.stringContaining("longer"),
      rest_hex: expect.any(String),
    });
  });

  it("controls the terminal", () => {
    expect(printed(COMMANDS.control, `${TIME} 06 02 6869`)).toEqual({
      time_utc: TIME_UTC,
      control_id: 6,
      control: "alarm",
      params_hex: "026869",
    });
  });
});

describe("answers", () => {
  it("may keep only the time, nothing, or the rest of the message", () => {
    expect(printed(COMMANDS.logout, TIME, { ack: 1 })).toEqual({ time_utc: TIME_UTC });
    expect(printed(COMMANDS.heartbeat, "", { ack: 1 })).toEqual({});
    expect(printed(COMMANDS.logout, `${TIME} 0046`, { ack: 1 })).toEqual({ time_utc: TIME_UTC, rest_hex: "0046" });
  });

  it("to a time request carry the platform's time", () => {
    expect(printed(COMMANDS.timeSync, TIME, { ack: 1 })).toEqual({ time_utc: TIME_UTC });
  });
});
