import type { LogRecord, RecordSink } from "@bellwether/runtime/log/records";
import { decode, validate } from "./arrival/arrive.ts";
import type { Outcome } from "./blocks/block.ts";
import type { Block } from "./blocks/content.ts";
import type { IngestConfig } from "./config.ts";
import { parkDeadLetters } from "./deadLetters/deadLetters.ts";
import type { DecodeOptions } from "./decode/codec.ts";
import type { Hold } from "./lanes/hold.ts";
import type { Writer } from "./lanes/writer.ts";
import type { Ledger } from "./ledger/ledger.ts";

/**
 * The spine: what happens to a record, from bytes to a committed offset.
 *
 *   decode -> validate -> (batcher cuts blocks) -> merge -> pend -> hold -> write -> park -> land -> commit
 *
 * A block's offsets are committed only after its rows are in the tables and its bad records in the dead-letter topic.
 * `hold` comes behind `pend`, because only then a writer that has lost its partition cannot go on unnoticed (hold.ts).
 * Each stage may be repeated: insert tokens drop what is already there, so a retry or a restart adds nothing twice.
 */

export interface PipelineDeps {
  readonly config: IngestConfig;
  readonly ledger: Ledger;
  readonly writer: Writer;
  readonly sink: RecordSink;
  /** The right to write the block's partition. */
  readonly hold: Hold;
  /** Stores the next offset for the consumer group. */
  readonly commit: (block: Block) => Promise<void>;
}

export interface Stage {
  readonly name: string;
  readonly run: (block: Block, deps: PipelineDeps) => Promise<void>;
}

/** What a record goes through when it arrives; never throws, and pure but for what `options` remembers of vehicles. */
export function arrive(record: LogRecord, config: IngestConfig, options: DecodeOptions = {}): Outcome {
  return validate(decode(record, config, options), record, config);
}

/** What a block goes through when it is closed, in this order. */
export const BLOCK_STAGES: readonly Stage[] = [
  { name: "merge", run: async ({ content }) => content.seal() },
  { name: "pend", run: (block, { ledger }) => ledger.record(block, "pending") },
  { name: "hold", run: (_, { hold }) => hold.check() },
  { name: "write", run: (block, { writer, hold }) => writer.write(block, () => hold.checkAgain()) },
  { name: "park", run: park },
  { name: "land", run: (block, { ledger }) => ledger.record(block, "landed") },
  { name: "commit", run: (block, { commit }) => commit(block) },
];

async function park(block: Block, { sink, hold }: PipelineDeps): Promise<void> {
  if (block.content.parked.length === 0) return;
  // The topic has no tokens: a writer that stalled while it inserted must not send what the new owner sends.
  await hold.check();
  await parkDeadLetters(block, sink);
}

/** What is left to do for a range that an earlier run has landed and not committed. */
const LANDED_STAGES: readonly Stage[] = BLOCK_STAGES.filter(({ name }) => name === "commit");

/** Takes a block through its stages, each by way of `attempt`, which retries and measures. */
export async function land(
  block: Block,
  deps: PipelineDeps,
  attempt: (stage: Stage, run: () => Promise<void>) => Promise<void>,
): Promise<void> {
  for (const stage of block.hasLanded ? LANDED_STAGES : BLOCK_STAGES) {
    await attempt(stage, () => stage.run(block, deps));
  }
}
