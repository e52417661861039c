import type { Rejection, Sample } from "@bellwether/contracts/sample";
import type { ReportRow } from "./reportRow.ts";

/** What became of one record after decoding and validation. A record with glued frames can be several things at once. */
export interface Outcome {
  readonly offset: number;
  readonly samples: readonly Sample[];
  /** In place of `samples`, `ignored` and `parked`: one report, already laid out; valid until the next record is read. */
  readonly row?: ReportRow | undefined;
  /** Kinds of messages that need no row (login, heartbeat). */
  readonly ignored: readonly string[];
  /** Present when the record, or a part of it, has to be parked. */
  readonly parked?: ParkedRecord;
  /** When the log received the record, ms since 1970 UTC. */
  readonly loggedMs?: number;
  /** Present when the record is a dead letter that is replayed. */
  readonly replay?: Replay;
}

/** A dead letter on its way through the pipeline again: where it first came from, and which try this is. */
export interface Replay {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly attempt: number;
}

/** What is kept of a record that could not be stored; `protect` (privacy.ts) has removed what must not be. */
export interface ParkedRecord {
  readonly rejection: Rejection;
  /** For people: the key as text, a pseudonym where the fleet's data is pseudonymous. */
  readonly keyText: string;
  readonly key: Buffer | null;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  /** Length of the record as it came. */
  readonly rawBytes: number;
  /** Whether `value` is all of it. */
  readonly isWhole: boolean;
  /** Whether `value` holds key, headers and value encrypted (sealing.ts). */
  readonly isSealed: boolean;
  readonly receivedTimeMs: number;
}

/** A contiguous range of offsets of one partition. */
export interface OffsetRange {
  readonly firstOffset: number;
  readonly lastOffset: number;
}

/** Everything between two cuts of one partition, as the batcher makes it; with a BlockContent it is a block (content.ts). */
export interface Cut<C> extends OffsetRange {
  readonly topic: string;
  readonly partition: number;
  readonly content: C;
  /** The ledger says that an earlier run has landed this range; only its commit is missing. */
  readonly hasLanded: boolean;
  /** An earlier run has announced this range and may have inserted any part of it. */
  readonly isRebuilt?: boolean;
}

/** Deduplication token of a block: the same range gives the same token in every run. */
export function tokenOf({ topic, partition, firstOffset, lastOffset }: Omit<Cut<unknown>, "content" | "hasLanded">): string {
  return `${topic}:${partition}:${firstOffset}-${lastOffset}`;
}
