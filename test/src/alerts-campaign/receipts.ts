import { closeSync, createReadStream, openSync, readdirSync, writeSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Receiver } from "./plan.ts";

/**
 * What reached the providers, in files of their own: written with one system call before the provider answers, so that
 * neither a killed sender nor a killed database can take it back. One line: receiver, key, intention.
 */

export interface ReceiptBook {
  take(receiver: Receiver, key: string, intention: string): void;
  close(): void;
}

export function openReceiptBook(dir: string, name: string): ReceiptBook {
  const file = openSync(join(dir, `${name}.receipts`), "a");
  return {
    take: (receiver, key, intention) => {
      writeSync(file, `${receiver} ${key} ${intention}\n`);
    },
    close: () => closeSync(file),
  };
}

export interface Counted {
  /** Intentions that reached their receiver at least once. */
  readonly delivered: number;
  /** Deliveries of an intention beyond the first that a receiver which keeps keys could not recognise. */
  readonly doubled: number;
  /** Repeats that a receiver which keeps keys dropped. */
  readonly dropped: number;
  /** Repeats at receivers that ignore the key. */
  readonly doubledWhereKeyIgnored: number;
  /** Deliveries nobody intended. */
  readonly unintended: number;
}

export interface Receipt {
  readonly receiver: Receiver;
  readonly key: string;
  readonly intention: string;
}

/** Counts as the receivers would: one that keeps keys shows an intention once per key it has not seen. */
export function countReceipts(receipts: Iterable<Receipt>, isIntended: (intention: string) => boolean): Counted {
  const keys = new Set<string>();
  const shown = new Map<string, number>();
  const counts = { doubled: 0, dropped: 0, doubledWhereKeyIgnored: 0, unintended: 0 };
  for (const { receiver, key, intention } of receipts) {
    if (!isIntended(intention)) {
      counts.unintended++;
      continue;
    }
    if (receiver === "keeps" && keys.has(key)) {
      counts.dropped++;
      continue;
    }
    if (receiver === "keeps") keys.add(key);
    const before = shown.get(intention) ?? 0;
    if (before > 0) counts[receiver === "keeps" ? "doubled" : "doubledWhereKeyIgnored"]++;
    shown.set(intention, before + 1);
  }
  return { delivered: shown.size, ...counts };
}

/** Every receipt in a folder's books. */
export async function readReceipts(dir: string): Promise<Receipt[]> {
  const receipts: Receipt[] = [];
  for (const name of readdirSync(dir).filter((file) => file.endsWith(".receipts"))) {
    for await (const line of createInterface({ input: createReadStream(join(dir, name)) })) {
      const [receiver, key = "", intention = ""] = line.split(" ");
      receipts.push({ receiver: receiver === "keeps" ? "keeps" : "ignores", key, intention });
    }
  }
  return receipts;
}
