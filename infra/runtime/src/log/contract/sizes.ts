import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import type { ContractTest } from "./case.ts";
import { commitAll, numbered, numbersOf, range, read } from "./reading.ts";

/** Large records and large sends. */
export function sizeContract(contractTest: ContractTest): void {
  contractTest("records of 1 MiB survive between small ones", async ({ log, topic, group }) => {
    const large = range(3).map(() => randomBytes(1024 * 1024));
    await log.sink.send(topic, [
      ...numbered(2, { partition: 0 }),
      ...large.map((value) => ({ key: "large", value, partition: 0 })),
      ...numbered(2, { partition: 0 }),
    ]);
    const reading = await read(log, { topic, group });
    await reading.until(7);
    const received = reading.records.slice(2, 5).map(({ value }) => value);
    large.forEach((value, i) => {
      expect(received[i]?.equals(value), `record ${i}`).toBe(true);
    });
  });

  contractTest("a send of 20,000 records arrives whole, in batches of at most 5,000", async ({ log, topic, group }) => {
    const padding = Buffer.alloc(300);
    const records = range(20_000).map((i) => ({ key: "one", value: Buffer.concat([Buffer.from(String(i)), padding]) }));
    await log.sink.send(topic, records);
    const reading = await read(log, { topic, group, handle: commitAll });
    await reading.until(20_000);
    expect(reading.records.map(({ value }) => Number.parseInt(value?.toString("latin1") ?? "", 10))).toEqual(range(20_000));
    expect(Math.max(...reading.batches.map((batch) => batch.records.length))).toBeLessThanOrEqual(5_000);
    expect(new Set(reading.records.map(({ partition }) => partition)).size).toBe(1);
  });

  contractTest("every record is delivered exactly once to a group that commits and restarts", async ({ log, topic, group, reopen }) => {
    await log.sink.send(topic, numbered(3_000));
    const first = await read(log, { topic, group, handle: commitAll });
    await first.until(1);
    await first.subscription.close();
    const reopened = await reopen();
    await reopened.sink.send(topic, numbered(1_000, { from: 3_000 }));
    const second = await read(reopened, { topic, group, handle: commitAll });
    await second.until(4_000 - first.records.length);
    const numbers = [...numbersOf(first.records), ...numbersOf(second.records)];
    expect(numbers.toSorted((a, b) => a - b)).toEqual(range(4_000));
  });
}
