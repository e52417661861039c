import type { Logger } from "../../logger.ts";
import { retry } from "../../retry.ts";

/** A commit waits out an outage of any length: giving up would end a subscription that has landed everything. */
const COMMIT_RETRY = { attempts: Number.POSITIVE_INFINITY, baseMs: 100, maxMs: 2_000 };

export interface CommitDeps {
  /** Stores the offset; false when the partition is somebody else's by now. What it throws is retried where that helps. */
  readonly store: (nextOffset: number) => Promise<boolean>;
  readonly logger: Logger | undefined;
  readonly signal: AbortSignal;
}

/** A partition this member holds or has held: its running delivery and how far the group has committed. */
export class HeldPartition {
  readonly topic: string;
  readonly partition: number;
  /** The running delivery; the next one of the partition waits for it, even across a rebalance. Never rejects. */
  running: Promise<void> = Promise.resolve();
  /** What the group has committed for all we know; null until a batch of the current assignment says where it begins. */
  #committed: number | null = null;
  /** The last commit; they run one after another, so that a retried one cannot undo a later one. */
  #committing: Promise<void> = Promise.resolve();

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  /** The first batch of an assignment begins where the group has committed. */
  beginAt(offset: number): void {
    this.#committed ??= offset;
  }

  /** After a rebalance somebody else may have committed further. */
  forgetCommitted(): void {
    this.#committed = null;
  }

  async commit(nextOffset: number, deps: CommitDeps): Promise<void> {
    const commit = this.#committing.then(() => this.#commitForward(nextOffset, deps));
    this.#committing = commit.catch(() => undefined);
    await commit;
  }

  /** A partition that was taken away has a new owner, who gets these records again: at least once, as promised. */
  async #commitForward(nextOffset: number, { store, logger, signal }: CommitDeps): Promise<void> {
    if (this.#committed === null || nextOffset <= this.#committed) return;
    const { topic, partition } = this;
    const commitOnce = async () => {
      if (await store(nextOffset)) this.#committed = nextOffset;
      else logger?.debug({ topic, partition, nextOffset }, "the commit came after a rebalance");
    };
    await retry(commitOnce, { ...COMMIT_RETRY, signal });
  }
}
