import type { Decoded, Sample } from "@bellwether/contracts/sample";
import { describe, expect, it } from "vitest";
import { COMMANDS, type Edition, writeFrame } from "../gbt32960/frame.ts";
import { decodeFrame } from "../gbt32960/message.ts";
import { printFrame } from "../gbt32960/print.ts";
import { decodeGbt32960, frameToDecoded } from "./gbt32960.ts";
import { mergeParts } from "./mergeParts.ts";

const CONTEXT = { receivedTimeMs: Date.UTC(2026, 0, 3) };
/** 2026-01-02 08:00:00 in Beijing. */
const TIME = "1a0102080000";
const VIN = "LTEST00000000001X";

interface Wish {
  readonly edition?: Edition;
  readonly command?: number;
  readonly ack?: number;
  readonly encryption?: number;
  readonly vin?: string;
}

function frameOf(body: string, { edition = 2016, command = COMMANDS.report, ack = 0xfe, encryption = 1, vin = VIN }: Wish = {}): Buffer {
  return writeFrame({ edition, command, ack, encryption, vin }, Buffer.from(body.replaceAll(" ", ""), "hex"));
}

const decodedOf = (items: string, wish?: Wish): Decoded => frameToDecoded(frameOf(TIME + items, wish), CONTEXT);

function sampleOf(items: string, wish?: Wish): Sample {
  const decoded = decodedOf(items, wish);
  if (decoded.kind !== "samples" || decoded.samples[0] === undefined) throw new Error(`expected a sample, got ${JSON.stringify(decoded)}`);
  return decoded.samples[0];
}

/** First item of the printed frame. */
function printedItem(items: string, wish?: Wish): unknown {
  const infos = printFrame(decodeFrame(frameOf(TIME + items, wish)))?.["infos"];
  return Array.isArray(infos) ? infos[0] : undefined;
}

const VEHICLE_2016 = "01 010301 01f4 0001e240 0dac 27d8 50 01 0e 1388 14 00";
const VEHICLE_2025 = "01 010301 01f4 0001e240 0dac 27d8 50 01 0e 1388";

describe("a vehicle item", () => {
  it("gives the catalogue's signals in their units", () => {
    expect(sampleOf(VEHICLE_2016)).toEqual({
      vin: VIN,
      eventTimeMs: Date.UTC(2026, 0, 2),
      receivedTimeMs: CONTEXT.receivedTimeMs,
      format: "gbt32960",
      isReissue: false,
      part: 0,
      values: {
        vehicleState: "started",
        chargeState: "not_charging",
        runMode: "electric",
        speedKmh: 50,
        odometerKm: 12_345.6,
        packVoltageV: 350,
        packCurrentA: 20,
        socPct: 80,
        dcdcState: "working",
        gear: "D",
        brakeOn: false,
        insulationKohm: 5000,
        acceleratorPct: 20,
        brakePct: 0,
      },
      dtcs: [],
      quality: [],
    });
  });

  it("says braking without travel when the brake byte is 101", () => {
    const { values } = sampleOf(VEHICLE_2016.replace("14 00", "14 65"));
    expect(values.brakeOn).toBe(true);
    expect(values.brakePct).toBeUndefined();
  });

  it("gives no gear when the byte is filled with FF (2016) or marked not valid (2025)", () => {
    expect(sampleOf(VEHICLE_2016.replace("0e 1388", "ff 1388")).values.gear).toBeUndefined();
    const sample = sampleOf(VEHICLE_2025.replace("0e 1388", "8e 1388"), { edition: 2025 });
    expect(sample.values.gear).toBeUndefined();
    expect(sample.quality).toEqual([{ signal: "gear", reason: "invalid" }]);
  });

  it("counts a reserved code as out of range", () => {
    const sample = sampleOf(VEHICLE_2016.replace("010301", "090301"));
    expect(sample.values.vehicleState).toBeUndefined();
    expect(sample.quality).toEqual([{ signal: "vehicleState", reason: "out_of_range" }]);
  });
});

describe("mistakes found in public decoders", () => {
  it("temperatures of raw 128 and more are not negative", () => {
    expect(sampleOf("09 01 01 0003 80 fa 28").values.probeTempsC).toEqual([88, 210, 0]);
  });

  it("the extreme temperatures have their -40 too", () => {
    const { values } = sampleOf("06 01 11 0f64 01 02 0f50 01 01 50 01 05 28");
    expect(values).toMatchObject({ probeTempMaxC: 40, probeTempMaxIndex: 1, probeTempMinC: 0, probeTempMinIndex: 5 });
    expect(values).toMatchObject({ cellVoltageMaxV: 3.94, cellVoltageMaxIndex: 17, cellVoltageMinV: 3.92, cellVoltageMinIndex: 2 });
  });

  it("the current's offset is -1000 A in 2016 and -3000 A in 2025, for the vehicle and for the pack", () => {
    expect(sampleOf(VEHICLE_2016).values.packCurrentA).toBe(20);
    expect(sampleOf(VEHICLE_2025, { edition: 2025 }).values.packCurrentA).toBe(-1980);
    expect(printedItem("08 01 01 0dac 27d8 0001 0001 01 0f64")).toMatchObject({ subsystems: [{ current_a: 20 }] });
    expect(printedItem("07 01 01 0dac 27d8 0001 0f64", { edition: 2025 })).toMatchObject({ packs: [{ current_a: -1980 }] });
  });

  it("a cell's sentinel is two bytes wide: FEFE is a value beyond the range, 00FE and 00FF are voltages", () => {
    expect(printedItem("08 01 01 0dac 27d8 0005 0001 05 fefe fffe ffff 00fe 00ff")).toMatchObject({
      subsystems: [{ cell_voltages_v: [{ out_of_range_raw: 0xfefe }, "abnormal", "invalid", 0.254, 0.255] }],
    });
  });

  it("a report that cannot be decoded is not taken for a good one", () => {
    expect(decodedOf("01 0103")).toMatchObject({ kind: "rejected", rejection: { reason: "malformed" } });
  });

  it("coordinates keep their last digit", () => {
    expect(sampleOf("05 00 07273 3a1 01cf049c").values).toMatchObject({ longitudeDeg: 120.009633, latitudeDeg: 30.344348 });
  });

  it("the bytes of a known frame, written by nobody's encoder, give the known values", () => {
    const frame = Buffer.from(
      "232302fe314731424c35325037545231313535323001001b100101023b000101010107d0000f423f13883a9832010517705a0075",
      "hex",
    );
    expect(frameToDecoded(frame, CONTEXT)).toMatchObject({
      samples: [
        {
          eventTimeMs: Date.UTC(2015, 11, 31, 18, 59),
          values: { speedKmh: 200, odometerKm: 99_999.9, packCurrentA: 500, acceleratorPct: 90 },
        },
      ],
    });
  });
});

describe("position", () => {
  it("is south and west of the equator and Greenwich by the status bits", () => {
    expect(sampleOf("05 06 072733a1 01cf049c").values).toMatchObject({ longitudeDeg: -120.009633, latitudeDeg: -30.344348 });
  });

  it("is missing without a valid fix, because the last position is repeated", () => {
    const sample = sampleOf("05 01 072733a1 01cf049c");
    expect(sample.values).toEqual({});
    expect(sample.quality).toContainEqual({ signal: "latitudeDeg", reason: "invalid" });
  });

  it("has a coordinate system in 2025", () => {
    expect(printedItem("05 00 01 072733a1 01cf049c", { edition: 2025 })).toEqual({
      type: 5,
      name: "position",
      status_raw: 0,
      fix_valid: true,
      coordinate_system: "wgs84",
      longitude_deg: 120.009633,
      latitude_deg: 30.344348,
    });
  });
});

describe("alarms", () => {
  it("become flags with their names, and fault words of each system apart", () => {
    const sample = sampleOf("07 02 00000811 01 0000007b 01 000000df 00 01 0000007d");
    expect(sample.values).toEqual({ alarmLevel: 2, alarmFlags: 0x811 });
    expect(sample.dtcs).toEqual([
      { system: "gbt_flag", code: "temperature_difference" },
      { system: "gbt_flag", code: "soc_low" },
      { system: "gbt_flag", code: "insulation" },
      { system: "gbt_ess", code: "0000007B" },
      { system: "gbt_motor", code: "000000DF" },
      { system: "gbt_other", code: "0000007D" },
    ]);
  });

  it("have levels per flag in 2025, unless the level means nothing", () => {
    const sample = sampleOf("06 04 00800010 00 00 00 00 02 17 04 04 ff", { edition: 2025 });
    expect(sample.dtcs).toEqual([
      { system: "gbt_flag", code: "soc_low" },
      { system: "gbt_flag", code: "battery_thermal_event", level: 4 },
    ]);
  });

  it("filled with FF raise nothing", () => {
    const sample = sampleOf("07 ff ffffffff ff ff ff ff");
    expect(sample.values).toEqual({});
    expect(sample.dtcs).toEqual([]);
    expect(printedItem("07 ff ffffffff ff fe 00 00")).toMatchObject({
      ess_faults: "invalid",
      drive_motor_faults: "abnormal",
      engine_faults: [],
    });
  });
});

describe("cells", () => {
  it("of several subsystems are put one after the other in the order of their numbers", () => {
    const { values, part } = sampleOf("08 02 02 1388 2710 0002 0001 02 0f66 0f67 01 1388 2710 0002 0001 02 0f64 0f65");
    expect(values.cellVoltagesV).toEqual([3.94, 3.941, 3.942, 3.943]);
    expect(part).toBe(0);
  });

  it("of which a frame carries a part have their places in the whole pack", () => {
    const { values, part } = sampleOf("08 01 01 1388 2710 0005 0003 02 0f64 0f65");
    expect(values.cellVoltagesV).toEqual([null, null, 3.94, 3.941, null]);
    expect(part).toBe(3);
  });

  it("counted from 0 are taken as counted from 1", () => {
    const { values, part } = sampleOf("08 01 01 1388 2710 0002 0000 02 0f64 0f65");
    expect(values.cellVoltagesV).toEqual([3.94, 3.941]);
    expect(part).toBe(0);
  });

  it("of a pack in two frames find their places, counted from 1 and from 0", () => {
    const cells = (start: number, count: number) => {
      const numbers = Array.from({ length: count }, (_, i) => (3_000 + i).toString(16).padStart(4, "0"));
      return `08 01 01 1388 2710 0180 ${start.toString(16).padStart(4, "0")} ${count.toString(16)} ${numbers.join("")}`;
    };
    for (const [first, second] of [
      [1, 201],
      [0, 200],
    ] as const) {
      const parts = [sampleOf(cells(first, 200)), sampleOf(cells(second, 184))];
      expect(parts.map(({ part }) => part)).toEqual([1, 201]);
      const [{ values, part } = {}] = mergeParts(parts);
      expect(part).toBe(0);
      expect([0, 199, 200, 383].map((i) => values?.cellVoltagesV?.[i])).toEqual([3, 3.199, 3, 3.183]);
    }
  });

  it("that are all FFFF while parked are unknown, not low", () => {
    const { values, quality } = sampleOf("08 01 01 ffff ffff 0002 0001 02 ffff ffff");
    expect(values.cellVoltagesV).toEqual([null, null]);
    expect(quality).toEqual([{ signal: "cellVoltagesV", reason: "invalid" }]);
  });

  it("of a pack that claims 65531 cells in each of many subsystems are refused rather than allocated", () => {
    const subsystem = "01 1388 2710 fffb 0001 00";
    const { values, quality } = sampleOf(`08 02 ${subsystem} 02${subsystem.slice(2)}`);
    expect(values.cellVoltagesV).toBeUndefined();
    expect(quality).toEqual([{ signal: "cellVoltagesV", reason: "out_of_range" }]);
  });

  it("named by an extreme item are counted over the whole pack", () => {
    const cells = "08 02 01 1388 2710 0002 0001 02 0f64 0f65 02 1388 2710 0002 0001 02 0f66 0f67";
    const { values } = sampleOf(`06 02 02 0f67 01 01 0f64 ff ff ff 01 00 28 ${cells}`);
    expect(values).toMatchObject({ cellVoltageMaxIndex: 4, cellVoltageMinIndex: 1 });
    expect(values.probeTempMinIndex).toBeUndefined();
  });
});

describe("items nobody can read", () => {
  it("keep what stands before them, and the number of unread bytes", () => {
    const sample = sampleOf(`${VEHICLE_2016} 0b 0102`);
    expect(sample.values.socPct).toBe(80);
    expect(sample.extra).toEqual({ gbt_unread_bytes: 3 });
  });

  it("of an unknown type below 80 stay as bytes from their type on", () => {
    expect(printedItem("40 0102")).toEqual({ type: 0x40, name: "unknown", rest_hex: "400102" });
  });

  it("that are cut off stay as bytes, with the reason", () => {
    expect(printedItem("02 02 0101")).toEqual({
      type: 2,
      name: "malformed",
      reason: "drive_motor longer than the 3 bytes left",
      rest_hex: "02020101",
    });
  });

  it("are not looked for behind a count that is a sentinel: no entries follow", () => {
    expect(printedItem("02 ff")).toEqual({ type: 2, name: "drive_motor", count: "invalid", motors: [] });
  });

  it("of a maker's own type are skipped by their length", () => {
    expect(sampleOf(`81 0002 abcd ${VEHICLE_2016}`).values.socPct).toBe(80);
    expect(decodedOf("81 0002 abcd")).toEqual({ kind: "ignored", what: "maker_report" });
  });

  it("come twice: the last one counts", () => {
    expect(sampleOf(`${VEHICLE_2016} ${VEHICLE_2016.replace("27d8 50", "27d8 51")}`).values.socPct).toBe(81);
  });
});

describe("frames that are no telemetry", () => {
  it.each([
    [COMMANDS.login, "login"],
    [COMMANDS.logout, "logout"],
    [COMMANDS.heartbeat, "heartbeat"],
    [COMMANDS.timeSync, "time_sync"],
    [COMMANDS.platformLogin, "platform_login"],
    [0xc5, "other_command"],
  ])("command %d is ignored as %s", (command, what) => {
    expect(decodedOf("0001", { command })).toEqual({ kind: "ignored", what });
  });

  it("an answer is ignored even where it repeats a report", () => {
    expect(decodedOf(VEHICLE_2016, { ack: 1 })).toEqual({ kind: "ignored", what: "answer" });
  });

  it("a heartbeat with four data bytes is accepted", () => {
    expect(printFrame(decodeFrame(frameOf("01020304", { command: COMMANDS.heartbeat })))).toMatchObject({
      command: 7,
      rest_hex: "01020304",
    });
  });
});

describe("frames that are rejected", () => {
  it.each([
    ["encrypted", frameOf(TIME + VEHICLE_2016, { encryption: 3 })],
    ["bad_vin", frameOf(TIME + VEHICLE_2016, { vin: "no vin!" })],
    ["bad_time", frameOf(`1a0230080000${VEHICLE_2016}`)],
    ["bad_time", frameOf(`001501080000${VEHICLE_2016}`)],
    ["truncated", frameOf("1a0102")],
    ["truncated", frameOf(TIME + VEHICLE_2016).subarray(0, 40)],
    ["malformed", Buffer.from("hello, this is no frame at all")],
  ])("as %s, saying what was expected", (reason, bytes) => {
    const [decoded] = decodeGbt32960(bytes, CONTEXT);
    expect(decoded).toMatchObject({ kind: "rejected", rejection: { reason } });
    expect(JSON.stringify(decoded)).toMatch(/expected .*, got /);
  });

  it("encryption byte 0 means none", () => {
    expect(decodedOf(VEHICLE_2016, { encryption: 0 }).kind).toBe("samples");
  });

  it("a wrong check byte gives the header and no value", () => {
    const frame = frameOf(TIME + VEHICLE_2016);
    frame[frame.length - 1] = (frame.at(-1) ?? 0) ^ 1;
    expect(frameToDecoded(frame, CONTEXT)).toMatchObject({ kind: "rejected", rejection: { reason: "bad_checksum" } });
    expect(printFrame(decodeFrame(frame))).toMatchObject({ vin: VIN, bcc_ok: false });
    expect(printFrame(decodeFrame(frame))).not.toHaveProperty("infos");
  });
});

describe("several frames in one record", () => {
  it("are all decoded, and the bytes between them rejected", () => {
    const frame = frameOf(TIME + VEHICLE_2016);
    const decoded = decodeGbt32960(Buffer.concat([frame, Buffer.from("###rubbish"), frame]), CONTEXT);
    expect(decoded.map(({ kind }) => kind)).toEqual(["samples", "samples", "rejected"]);
  });
});

describe("2025 items without a signal of their own", () => {
  it("print stacks, supercapacitor, its extremes and the signature", () => {
    const wish = { edition: 2025 } as const;
    expect(printedItem("30 01 01 0fa0 03e8 07d0 03e8 41 0002 50 ff", wish)).toEqual({
      type: 0x30,
      name: "fuel_cell_stack",
      stack_count: 1,
      stacks: [
        {
          stack: 1,
          voltage_v: 400,
          current_a: 100,
          h2_inlet_pressure_kpa: 100,
          air_inlet_pressure_kpa: 0,
          air_inlet_temp_c: 25,
          probe_count: 2,
          probe_temps_c: [40, "invalid"],
        },
      ],
    });
    expect(printedItem("31 01 0fa0 7530 0001 0a8c 0001 41", wish)).toMatchObject({
      current_a: 0,
      cell_voltages_v: [2.7],
      probe_temps_c: [25],
    });
    expect(printedItem("32 01 0100 0a8c 01 0002 0a28 01 0003 50 01 0004 41", wish)).toMatchObject({
      name: "supercapacitor_extreme",
      max_cell_voltage_cell: 256,
      min_temp_c: 25,
    });
    expect(printedItem("ff 01 0002 abcd 0000", wish)).toEqual({
      type: 255,
      name: "signature",
      algorithm: "sm2",
      r_length: 2,
      r_hex: "abcd",
      s_length: 0,
      s_hex: "",
    });
  });

  it("read the wider fields of motors, hydrogen and engine", () => {
    const wish = { edition: 2025 } as const;
    expect(printedItem("02 01 01 01 50 88b8 00030d40 46", wish)).toMatchObject({
      motors: [{ speed_rpm: 3000, torque_nm: 0, motor_temp_c: 30 }],
    });
    expect(printedItem("03 0041 01 0064 02 015e 03 01 50 46", wish)).toMatchObject({
      max_h2_temp_c: 25,
      max_h2_concentration_pct: 0.01,
      max_h2_pressure_mpa: 35,
      h2_remaining_pct: 80,
      hv_dcdc_controller_temp_c: 30,
    });
    expect(printedItem("04 0bb8", wish)).toEqual({ type: 4, name: "engine", crankshaft_rpm: 3000 });
  });
});

describe("2016 fuel cell and engine", () => {
  it("are read with their units", () => {
    const { values } = sampleOf("03 0fa0 03e8 0064 0001 50 028a 01 0064 02 015e 03 01 04 01 0bb8 0064");
    expect(values).toEqual({
      fuelCellVoltageV: 400,
      fuelCellCurrentA: 100,
      hydrogenTempMaxC: 25,
      hydrogenPressureMaxKpa: 35_000,
      engineSpeedRpm: 3000,
    });
  });
});
