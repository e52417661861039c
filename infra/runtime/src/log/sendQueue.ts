import type { OutgoingRecord } from "./records.ts";

/** Sends that wait are written together, up to about this many bytes at a time. */
const JOINED_BYTES_MAX = 32 * 1024 * 1024;

interface PendingSend {
  readonly records: readonly OutgoingRecord[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One write at a time, in the order of the calls. Sends that arrive while a write is running are joined into the next,
 * so throughput does not depend on how finely the caller cuts; when a joined write fails, all its sends do.
 */
export class SendQueue {
  readonly #write: (records: readonly OutgoingRecord[]) => Promise<void>;
  /** In the order of the calls; only `#drain` takes from it. */
  readonly #pending: PendingSend[] = [];
  #draining: Promise<void> | null = null;

  constructor(write: (records: readonly OutgoingRecord[]) => Promise<void>) {
    this.#write = write;
  }

  /** Settles as the write does that carries these records. */
  send(records: readonly OutgoingRecord[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ records, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Resolves when everything sent so far is written or has failed. */
  async idle(): Promise<void> {
    while (this.#draining !== null) await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#pending.length > 0) {
      const sends = this.#take();
      const [first] = sends;
      try {
        await this.#write(sends.length === 1 && first !== undefined ? first.records : sends.flatMap(({ records }) => records));
        for (const { resolve } of sends) resolve();
      } catch (error) {
        for (const { reject } of sends) reject(error);
      }
    }
    this.#draining = null;
  }

  #take(): PendingSend[] {
    let bytes = 0;
    const firstTooMany = this.#pending.findIndex(({ records }) => {
      const isFull = bytes > JOINED_BYTES_MAX;
      for (const { value } of records) bytes += value.length;
      return isFull;
    });
    return this.#pending.splice(0, firstTooMany < 0 ? this.#pending.length : firstTooMany);
  }
}
