import { expect } from "vitest";
import type { LogRecord } from "../records.ts";
import type { ContractTest } from "./case.ts";
import { commitAll, gate, numbered, numbersOf, range, read } from "./reading.ts";

/** Order, content and back-pressure. */
export function deliveryContract(contractTest: ContractTest): void {
  orderContract(contractTest);
  contentContract(contractTest);
  pressureContract(contractTest);
}

function orderContract(contractTest: ContractTest): void {
  contractTest("records of a partition come in the order they were sent, with contiguous offsets", async ({ log, topic, group }) => {
    for (let i = 0; i < 20; i++) await log.sink.send(topic, numbered(25, { from: i * 25, partition: i % 2 }));
    const reading = await read(log, { topic, group });
    await reading.until(500);
    for (const partition of [0, 1]) {
      const records = reading.records.filter((record) => record.partition === partition);
      expect(records.map(({ offset }) => offset)).toEqual(range(250));
      expect(numbersOf(records)).toEqual(numbersOf(records).toSorted((a, b) => a - b));
    }
  });

  contractTest("sends that are not awaited keep their order", async ({ log, topic, group }) => {
    await Promise.all(range(40).map((i) => log.sink.send(topic, numbered(5, { from: i * 5, partition: 1 }))));
    const reading = await read(log, { topic, group });
    await reading.until(200);
    expect(numbersOf(reading.records)).toEqual(range(200));
  });

  contractTest("equal keys go to one partition, the one Kafka's own clients choose", async ({ log, topic, group }) => {
    const keys = ["21", "foobar", "LSVAU2180N2183294", "a-little-bit-long-string", Buffer.from([0xff, 0, 0x80])];
    for (const key of [...keys, ...keys]) await log.sink.send(topic, [{ key, value: Buffer.from("x") }]);
    const reading = await read(log, { topic, group });
    await reading.until(10);
    const partitionsOf = (key: string | Buffer) =>
      reading.records.filter((record) => record.key?.equals(Buffer.from(key)) === true).map(({ partition }) => partition);
    for (const key of keys) expect(new Set(partitionsOf(key)).size, String(key)).toBe(1);
    // murmur2("21") = -973932308 and murmur2("foobar") = -790332482 (Kafka's UtilsTest), sign bit cleared, modulo 4.
    expect(partitionsOf("21")[0]).toBe((-973932308 & 0x7fffffff) % 4);
    expect(partitionsOf("foobar")[0]).toBe((-790332482 & 0x7fffffff) % 4);
  });

  contractTest("what is sent while somebody reads arrives without another nudge", async ({ log, topic, group }) => {
    const reading = await read(log, { topic, group });
    for (let i = 0; i < 5; i++) {
      await log.sink.send(topic, numbered(1, { from: i, partition: 3 }));
      await reading.until(i + 1);
    }
    expect(numbersOf(reading.records)).toEqual(range(5));
  });
}

function contentContract(contractTest: ContractTest): void {
  contractTest("binary keys, values and headers survive", async ({ log, topic, group }) => {
    const allBytes = Buffer.from(range(256));
    const headers = { "bw-reason": "check_sum_wrong", "bw-detail": "erwartet 0x1f, 收到 0x2e", empty: "" };
    const before = Date.now();
    await log.sink.send(topic, [
      { key: allBytes, value: allBytes, headers, partition: 0 },
      { key: null, value: Buffer.alloc(0), partition: 0 },
    ]);
    const reading = await read(log, { topic, group });
    await reading.until(2);
    const [first, second] = reading.records;
    expect(first).toMatchObject({ topic, partition: 0, offset: 0, headers });
    expect(first?.key?.equals(allBytes)).toBe(true);
    expect(first?.value?.equals(allBytes)).toBe(true);
    expect(second).toMatchObject({ key: null, headers: {} });
    expect(second?.value?.length).toBe(0);
    expect(Math.abs((first?.timestampMs ?? 0) - before)).toBeLessThan(60_000);
  });

  contractTest("a batch knows how far the partition reaches", async ({ log, topic, group }) => {
    await log.sink.send(topic, numbered(30, { partition: 1 }));
    const reading = await read(log, { topic, group });
    await reading.until(30);
    expect(reading.batches.map(({ highWatermark }) => highWatermark)).toEqual(reading.batches.map(() => 30));
  });
}

function pressureContract(contractTest: ContractTest): void {
  contractTest("a partition has one running handler; other partitions go on meanwhile", async ({ log, topic, group }) => {
    const { opened, open } = gate();
    const seenWhileHeld: LogRecord[] = [];
    let isHeld = true;
    let running = 0;
    let runningMax = 0;
    const reading = await read(log, {
      topic,
      group,
      handle: async ({ partition, records }) => {
        if (isHeld) seenWhileHeld.push(...records);
        if (partition !== 0) return;
        running += 1;
        runningMax = Math.max(runningMax, running);
        await opened;
        running -= 1;
      },
    });
    await log.sink.send(topic, numbered(1, { partition: 0 }));
    await reading.until(1);
    for (let i = 0; i < 5; i++) {
      await log.sink.send(topic, numbered(10, { partition: 0 }));
      await log.sink.send(topic, numbered(10, { partition: 1 }));
      await reading.until(1 + 10 * (i + 1));
    }
    expect(seenWhileHeld.filter(({ partition }) => partition === 0)).toHaveLength(1);
    isHeld = false;
    open();
    await reading.until(101);
    expect(runningMax).toBe(1);
  });

  contractTest("a handler that rejects ends the subscription, and its records come again", async ({ log, topic, group }) => {
    await log.sink.send(topic, numbered(10, { partition: 0 }));
    const failing = await read(log, {
      topic,
      group,
      handle: async () => {
        throw new Error("the store is gone");
      },
    });
    await expect(failing.subscription.done).rejects.toThrow("the store is gone");
    await failing.subscription.close();
    const next = await read(log, { topic, group, handle: commitAll });
    await next.until(10);
    expect(numbersOf(next.records)).toEqual(range(10));
  });
}
