import type { SignalName, SignalValues } from "./signals.ts";
import type { Vin } from "./vin.ts";

/** Payload formats ingest can read; one decoder file and one registry line each. */
export const FORMATS = [
  "gbt32960",
  "sample-json",
  "emqx-json",
  "36node-json",
  "vss-json",
  "tesla-protobuf",
  "tesla-json",
  "dtc-json",
  "uds",
  "registry-avro",
  "registry-protobuf",
] as const;
export type Format = (typeof FORMATS)[number];

/** Why a single value was stored as NULL although the report carried something in its place. */
export const QUALITY_REASONS = ["abnormal", "invalid", "out_of_range", "implausible"] as const;
export type QualityReason = (typeof QUALITY_REASONS)[number];

export interface QualityMark {
  readonly signal: SignalName;
  readonly reason: QualityReason;
}

/** Code systems are kept apart: a GB/T maker word and an OBD code must never be compared. */
export const DTC_SYSTEMS = ["gbt_flag", "gbt_ess", "gbt_motor", "gbt_engine", "gbt_other", "obd", "uds", "j1939", "tesla"] as const;
export type DtcSystem = (typeof DTC_SYSTEMS)[number];

/** What the car says of a code's state. An absent flag is not known, which is not the same as false. */
export interface DtcStatus {
  /** The fault is there now. */
  readonly isActive?: boolean;
  /** Seen once, not yet confirmed by a second drive. */
  readonly isPending?: boolean;
  /** Stored by the control unit until it is cleared. */
  readonly isConfirmed?: boolean;
  /** The car asks its driver's attention for it: a warning lamp, or a message on the display. */
  readonly isLampOn?: boolean;
}

/** One trouble code or alarm flag as one report states it. */
export interface DtcReading {
  readonly system: DtcSystem;
  /**
   * The system's own spelling: flag name for `gbt_flag`, 8 hex digits for GB/T maker words, "P0A80" for OBD,
   * "P0A80-1F" for UDS, "SPN 168 FMI 18" for J1939, the alert's name for Tesla.
   */
  readonly code: string;
  readonly level?: number;
  readonly status?: DtcStatus;
  /** SAE J2012 failure type (UDS) or failure mode identifier (J1939): what is wrong with what the code names. */
  readonly failureType?: number;
  /** How often the control unit has seen the fault. */
  readonly occurrences?: number;
}

/** Smallest `part` of a fragment: a report of a few signals of a moment others of which come by themselves. */
export const FRAGMENT_PART_MIN = 0x8000;

/** Everything one report of one vehicle says, in canonical units. */
export interface Sample {
  readonly vin: Vin;
  /** When the vehicle took the reading, ms since 1970 UTC. */
  readonly eventTimeMs: number;
  /** When the platform received it, ms since 1970 UTC. */
  readonly receivedTimeMs: number;
  readonly format: Format;
  /** A stored report sent again later (GB/T command 3). */
  readonly isReissue: boolean;
  /** 0 for a whole report; the 1-based number of the first cell of a split cell array; from FRAGMENT_PART_MIN, a few signals that came by themselves. */
  readonly part: number;
  readonly values: Readonly<SignalValues>;
  /** Numbers that have no signal in the catalogue, by the source's own name. */
  readonly extra?: Readonly<Record<string, number>>;
  readonly dtcs: readonly DtcReading[];
  readonly quality: readonly QualityMark[];
}

/** Why a record was parked as a dead letter; the list is closed. */
export const REJECTION_REASONS = [
  "empty",
  "too_large",
  "unknown_format",
  "bad_checksum",
  "truncated",
  "unsupported_version",
  "encrypted",
  "malformed",
  "schema",
  "bad_vin",
  "vin_mismatch",
  "bad_time",
  "time_in_future",
  "time_too_old",
  "decoder_failed",
] as const;
export type RejectionReason = (typeof REJECTION_REASONS)[number];

/** Bad data as a value: what was expected and what came, never the payload itself. */
export interface Rejection {
  readonly reason: RejectionReason;
  /** One line: what was expected and what came. */
  readonly detail: string;
}

/**
 * What a decoder makes of one record: samples, a rejection, or nothing worth a row
 * (login, heartbeat, an answer frame), which is counted by kind.
 */
export type Decoded =
  | { readonly kind: "samples"; readonly samples: readonly Sample[] }
  | { readonly kind: "ignored"; readonly what: string }
  | { readonly kind: "rejected"; readonly rejection: Rejection };
