import { BellwetherError } from "@bellwether/contracts/errors";
import type { SubscribeOptions, Subscription } from "../records.ts";
import { Cursor, type ReadLimits } from "./cursor.ts";
import type { GroupOffsets } from "./groupOffsets.ts";
import type { PartitionLog } from "./partitionLog.ts";

interface Delivery {
  readonly stop: AbortController;
  /** Settles when the running handler has and the file is closed; never rejects. */
  readonly ended: Promise<void>;
}

export interface MemberDeps {
  readonly options: SubscribeOptions;
  readonly partitions: readonly PartitionLog[];
  readonly offsets: GroupOffsets;
  readonly limits: ReadLimits;
  readonly leave: (member: Member) => Promise<void>;
}

/** One subscription: a delivery loop per partition it holds. */
export class Member implements Subscription {
  readonly done: Promise<void>;
  readonly #deps: MemberDeps;
  readonly #deliveries = new Map<PartitionLog, Delivery>();
  readonly #settle: { resolve: () => void; reject: (error: unknown) => void };
  /** Set once by the first of `close` and a failing handler; everything later follows it. */
  #ending: Promise<void> | null = null;
  #hasLeft = false;
  #hasFailed = false;

  constructor(deps: MemberDeps) {
    this.#deps = deps;
    let resolve = () => {};
    let reject: (error: unknown) => void = () => {};
    this.done = new Promise<void>((onResolve, onReject) => {
      resolve = onResolve;
      reject = onReject;
    });
    this.#settle = { resolve, reject };
    // The caller sees the failure in `done`; this only keeps Node from ending the process before he looks.
    this.done.catch(() => undefined);
  }

  /** What the subscription could be given: all partitions of its topics. */
  get partitions(): readonly PartitionLog[] {
    return this.#deps.partitions;
  }

  get held(): readonly PartitionLog[] {
    return [...this.#deliveries.keys()];
  }

  async commit(topic: string, partition: number, nextOffset: number): Promise<void> {
    if (this.#hasLeft) {
      throw new BellwetherError("log_unavailable", `${topic}/${partition}: commit after the subscription was closed`, { retryable: false });
    }
    await this.#deps.offsets.commit(topic, partition, nextOffset);
  }

  async lag(): Promise<readonly { topic: string; partition: number; records: number }[]> {
    return this.#deps.partitions.map((log) => {
      const { topic, partition } = log;
      return { topic, partition, records: log.nextOffset - this.#positionOf(log) };
    });
  }

  close(): Promise<void> {
    this.#ending ??= this.#end(null);
    return this.#ending;
  }

  /** Begins delivery of partitions from their committed offsets; those it holds already go on. */
  take(logs: readonly PartitionLog[]): void {
    if (this.#ending !== null) return;
    for (const log of logs) {
      if (this.#deliveries.has(log)) continue;
      const stop = new AbortController();
      const ended = this.#deliver(log, stop.signal).catch((error: unknown) => this.#fail(error));
      this.#deliveries.set(log, { stop, ended });
    }
  }

  /** Gives partitions up: waits for their handlers, then lets the subscriber commit what has landed. */
  async release(logs: readonly PartitionLog[]): Promise<void> {
    const deliveries = logs.flatMap((log) => this.#deliveries.get(log) ?? []);
    if (deliveries.length === 0) return;
    for (const { stop } of deliveries) stop.abort();
    await Promise.all(deliveries.map(({ ended }) => ended));
    for (const log of logs) this.#deliveries.delete(log);
    if (this.#hasFailed) return;
    try {
      await this.#deps.options.onRevoked?.(logs.map(({ topic, partition }) => ({ topic, partition })));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Called from a delivery that ended, so it must not wait for deliveries to end. */
  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    for (const { stop } of this.#deliveries.values()) stop.abort();
    if (this.#ending !== null) this.#settle.reject(error);
    else this.#ending = this.#end({ error });
  }

  async #end(failure: { readonly error: unknown } | null): Promise<void> {
    for (const { stop } of this.#deliveries.values()) stop.abort();
    await this.#deps.leave(this);
    this.#hasLeft = true;
    if (failure === null) this.#settle.resolve();
    else this.#settle.reject(failure.error);
  }

  async #deliver(log: PartitionLog, signal: AbortSignal): Promise<void> {
    const cursor = new Cursor(log, this.#positionOf(log), this.#deps.limits);
    try {
      while (!signal.aborted) {
        const records = await cursor.read();
        if (signal.aborted) return;
        if (records.length === 0) await log.untilAppended(cursor.offset, signal);
        else {
          const { topic, partition, nextOffset } = log;
          await this.#deps.options.onBatch({ topic, partition, records, highWatermark: nextOffset }, this);
        }
      }
    } finally {
      await cursor.close();
    }
  }

  /** Committed offset, held within what the log still has; a group without one begins at the start. */
  #positionOf(log: PartitionLog): number {
    const committed = this.#deps.offsets.get(log.topic, log.partition) ?? 0;
    return Math.min(Math.max(committed, log.startOffset), log.nextOffset);
  }
}
