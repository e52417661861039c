import { encodeReport } from "@bellwether/ingest/gbt32960/encode";
import { ACK_COMMAND, COMMANDS, ENCRYPTION_NONE } from "@bellwether/ingest/gbt32960/frame";
import { encodeMessage } from "@bellwether/ingest/gbt32960/message";
import { layoutOf } from "./frameLayout.ts";
import { withMakerItem } from "./makerItem.ts";
import { patchFrame } from "./patchFrame.ts";
import type { VehicleProfile } from "./profile.ts";
import type { DrivenDay } from "./reading.ts";
import type { Dispatch, Flaw } from "./schedule.ts";
import { senseReport } from "./sensors.ts";
import type { Vehicle } from "./vehicle.ts";

/** Where the clock of a terminal stands after it lost power: 2001-01-01, the earliest time a frame can carry. */
const RESET_CLOCK_MS = Date.UTC(2001, 0, 1);
const DAY_MS = 86_400_000;

/** Makes the bytes of a vehicle's messages. */
export type Framer = (driven: DrivenDay, dispatch: Dispatch) => Buffer;

/** Creates the framer of a vehicle; it keeps one encoded report per layout, to be copied and given new numbers. */
export function createFramer(vehicle: Vehicle): Framer {
  const { profile } = vehicle.car;
  const { vin, edition } = profile;
  const layouts = { on: layoutOf(profile, true), off: layoutOf(profile, false) };
  const templates: { on?: Buffer; off?: Buffer } = {};

  return (driven, dispatch) => {
    if (dispatch.kind !== "report") return sessionFrame(profile, driven, dispatch);
    const reading = vehicle.readingAt(driven, dispatch.segment, dispatch.atS);
    const values = senseReport(driven, reading);
    const state = values.vehicleState === "started" ? "on" : "off";
    const head = { edition, eventTimeMs: statedTimeMs(reading.timeMs, dispatch.flaw), isReissue: dispatch.isReissue };
    const template = templates[state] ?? withMakerItem(encodeReport({ ...head, vin, values })[0] ?? Buffer.alloc(1));
    templates[state] = template;
    const frame = Buffer.from(template);
    patchFrame(frame, layouts[state], head, values);
    if (dispatch.flaw === "bad_check") frame[frame.length - 1] = (frame[frame.length - 1] ?? 0) ^ 0x5a;
    return frame;
  };
}

function statedTimeMs(timeMs: number, flaw: Flaw): number {
  return flaw === "clock_reset" ? RESET_CLOCK_MS + (timeMs % DAY_MS) : timeMs;
}

function sessionFrame(profile: VehicleProfile, driven: DrivenDay, dispatch: Dispatch & { readonly sequence: number }): Buffer {
  const { vin, edition } = profile;
  const header = { edition, command: COMMANDS[dispatch.kind], ack: ACK_COMMAND, vin, encryption: ENCRYPTION_NONE };
  const time = driven.state.startMs + dispatch.atS * 1000;
  return encodeMessage({ header, body: { kind: "command", fields: sessionFields(profile, time, dispatch), restHex: "" } });
}

function sessionFields({ vin, edition }: VehicleProfile, time: number, { kind, sequence }: Dispatch & { readonly sequence: number }) {
  if (kind === "heartbeat") return {};
  if (kind === "logout") return { time_utc: time, seq: sequence };
  const login = { time_utc: time, login_seq: sequence, iccid: `898600${vin.slice(-6)}00000000` };
  const code = `LBWPACK${vin}`;
  if (edition === 2025) return { ...login, bms_count: 1, packs_per_bms: [1], pack_codes: [[code]] };
  return { ...login, subsystem_count: 1, code_length: code.length, codes: [code] };
}
