import type { Sample } from "@bellwether/contracts/sample";
import { BLOCK_ROWS_LIMIT } from "../config.ts";
import { mergeFragments } from "../decode/mergeFragments.ts";
import { mergeParts } from "../decode/mergeParts.ts";
import type { Collector } from "./batcher.ts";
import type { Cut, Outcome, ParkedRecord, Replay } from "./block.ts";
import { DtcPiece } from "./dtcPiece.ts";
import { createMonthPieces } from "./months.ts";
import { createPieces, type Pieces } from "./pieces.ts";
import { fillFromSample, ReportRow } from "./reportRow.ts";
import type { TelemetryPiece } from "./telemetryPiece.ts";

/** A sample and the offset of the record it came in. */
interface Row {
  readonly sample: Sample;
  readonly offset: number;
}

/** The unit that is inserted, recorded and committed. */
export type Block = Cut<BlockContent>;

/** Everything a block puts into the tables and topics, collected as its records arrive. */
export class BlockContent implements Collector {
  records = 0;
  /** Reports taken so far; after `seal`, merged parts count once. */
  rows = 0;
  /** Records of which every report landed, and records that hold nothing that needs a row. */
  landedRecords = 0;
  ignoredRecords = 0;
  minEventTimeMs = Number.POSITIVE_INFINITY;
  maxEventTimeMs = Number.NEGATIVE_INFINITY;
  readonly ignored = new Map<string, number>();
  /** When the log received the oldest record, ms since 1970 UTC; infinite where nothing says so. */
  oldestLoggedMs = Number.POSITIVE_INFINITY;
  readonly parked: { readonly offset: number; readonly record: ParkedRecord; readonly replay: Replay | undefined }[] = [];
  readonly replays: Replay[] = [];
  readonly #telemetry;
  readonly #dtcs = createMonthPieces(() => new DtcPiece(), BLOCK_ROWS_LIMIT);
  /** Parts of split cell arrays, and fragments of one moment, wait for each other until the block is closed. */
  #parts: Row[] = [];
  /** What samples are laid out in on their way into the columns. */
  readonly #scratch = new ReportRow();

  constructor(pieces: Pick<Pieces, "take"> = createPieces()) {
    this.#telemetry = createMonthPieces(pieces.take, BLOCK_ROWS_LIMIT);
  }

  get telemetry(): readonly TelemetryPiece[] {
    return this.#telemetry.pieces;
  }

  get dtcs(): readonly DtcPiece[] {
    return this.#dtcs.pieces;
  }

  add(outcome: Outcome): void {
    this.records++;
    const { row, offset, loggedMs = Number.POSITIVE_INFINITY } = outcome;
    if (loggedMs < this.oldestLoggedMs) this.oldestLoggedMs = loggedMs;
    if (row === undefined) this.#addSamples(outcome);
    else {
      this.landedRecords++;
      this.rows++;
      this.#addRow(row, offset);
    }
  }

  #addSamples({ offset, samples, ignored, parked, replay }: Outcome): void {
    if (replay !== undefined) this.replays.push(replay);
    for (const kind of ignored) this.ignored.set(kind, (this.ignored.get(kind) ?? 0) + 1);
    if (parked !== undefined) this.parked.push({ offset, record: parked, replay });
    else if (samples.length > 0) this.landedRecords++;
    else this.ignoredRecords++;
    for (const sample of samples) {
      this.rows++;
      if (sample.part === 0) this.#addSample(sample, offset);
      else this.#parts.push({ sample, offset });
    }
  }

  /** Puts the parts of split cell arrays, and fragments of one moment, together where they meet in the block. Doing it twice changes nothing. */
  seal(): void {
    const parts = this.#parts;
    this.#parts = [];
    const merged = mergeRows(parts);
    this.rows += merged.length - parts.length;
    for (const { sample, offset } of merged) this.#addSample(sample, offset);
  }

  #addSample(sample: Sample, offset: number): void {
    this.#noteTime(sample.eventTimeMs);
    for (const dtc of sample.dtcs) this.#dtcs.at(sample.eventTimeMs).add(sample, dtc, offset);
    if (isCodesOnly(sample)) return;
    fillFromSample(this.#scratch, sample);
    this.#addRow(this.#scratch, offset);
  }

  #addRow(row: ReportRow, offset: number): void {
    this.#noteTime(row.eventTimeMs);
    row.fillExtremes();
    this.#telemetry.at(row.eventTimeMs).add(row, offset);
  }

  #noteTime(eventTimeMs: number): void {
    if (eventTimeMs < this.minEventTimeMs) this.minEventTimeMs = eventTimeMs;
    if (eventTimeMs > this.maxEventTimeMs) this.maxEventTimeMs = eventTimeMs;
  }
}

/** A report of trouble codes alone has no place in `telemetry`, where it would take that of a report of the same moment. */
function isCodesOnly({ values, extra, quality, dtcs }: Sample): boolean {
  if (dtcs.length === 0 || extra !== undefined || quality.length > 0) return false;
  for (const _ in values) return false;
  return true;
}

/** A merged row carries the offset of its first part. */
function mergeRows(rows: readonly Row[]): readonly Row[] {
  const own = new Map(rows.map(({ sample, offset }) => [sample, offset]));
  const first = new Map<string, number>();
  for (const { sample, offset } of rows) if (!first.has(reportKey(sample))) first.set(reportKey(sample), offset);
  return mergeFragments(mergeParts(rows.map(({ sample }) => sample))).map((sample) => ({
    sample,
    offset: own.get(sample) ?? first.get(reportKey(sample)) ?? 0,
  }));
}

function reportKey({ vin, eventTimeMs }: Sample): string {
  return `${vin}:${eventTimeMs}`;
}
