import { expect } from "vitest";
import type { ContractTest } from "./case.ts";
import { commitAll, gate, numbered, numbersOf, range, reachOf, read } from "./reading.ts";

/** Commits, lag, closing and sharing. */
export function groupContract(contractTest: ContractTest): void {
  commitContract(contractTest);
  lagContract(contractTest);
  closeContract(contractTest);
  sharingContract(contractTest);
}

function commitContract(contractTest: ContractTest): void {
  contractTest("a group resumes behind its commit, also after a restart", async ({ log, topic, group, reopen }) => {
    await log.sink.send(topic, numbered(10, { partition: 0 }));
    const first = await read(log, { topic, group });
    await first.until(10);
    await first.subscription.commit(topic, 0, 4);
    await first.subscription.close();
    const reopened = await reopen();
    const second = await read(reopened, { topic, group });
    await second.until(6);
    expect(numbersOf(second.records)).toEqual(range(6, 4));
  });

  contractTest("what was delivered but not committed is delivered again", async ({ log, topic, group }) => {
    await log.sink.send(topic, numbered(3, { partition: 2 }));
    for (let i = 0; i < 2; i++) {
      const reading = await read(log, { topic, group });
      await reading.until(3);
      await reading.subscription.close();
      expect(numbersOf(reading.records)).toEqual([0, 1, 2]);
    }
  });

  contractTest("a commit never goes back", async ({ log, topic, group }) => {
    await log.sink.send(topic, numbered(10, { partition: 0 }));
    const first = await read(log, { topic, group });
    await first.until(10);
    await Promise.all([8, 3, 7, 2].map((offset) => first.subscription.commit(topic, 0, offset)));
    await first.subscription.close();
    const second = await read(log, { topic, group });
    await second.until(2);
    expect(numbersOf(second.records)).toEqual([8, 9]);
  });
}

function lagContract(contractTest: ContractTest): void {
  contractTest("lag counts what is produced and not committed, per partition", async ({ log, topic, group }) => {
    await log.sink.send(topic, numbered(10, { partition: 0 }));
    await log.sink.send(topic, numbered(5, { partition: 3 }));
    const reading = await read(log, { topic, group });
    await reading.until(15);
    expect(await reading.subscription.lag()).toEqual([10, 0, 0, 5].map((records, partition) => ({ topic, partition, records })));
    await reading.subscription.commit(topic, 0, 7);
    await reading.subscription.commit(topic, 3, 5);
    expect((await reading.subscription.lag()).map(({ records }) => records)).toEqual([3, 0, 0, 0]);
    expect(await log.committedOffsets(topic, group)).toEqual(
      [7, null, null, 5].map((nextOffset, partition) => ({ partition, nextOffset })),
    );
  });
}

function closeContract(contractTest: ContractTest): void {
  contractTest("close waits for the running handler, whose commit still counts", async ({ log, topic, group }) => {
    await log.sink.send(topic, numbered(4, { partition: 0 }));
    const { opened, open } = gate();
    const events: string[] = [];
    const reading = await read(log, {
      topic,
      group,
      handle: async (batch, subscription) => {
        await opened;
        await commitAll(batch, subscription);
        events.push("handled");
      },
      onRevoked: async (partitions) => {
        expect(partitions).toContainEqual({ topic, partition: 0 });
        events.push("revoked");
      },
    });
    await reading.until(1);
    const closed = reading.subscription.close().then(() => events.push("closed"));
    open();
    await closed;
    await reading.subscription.done;
    expect(events).toEqual(["handled", "revoked", "closed"]);
    await expect(reading.subscription.commit(topic, 0, 4)).rejects.toMatchObject({ code: "log_unavailable" });
    await log.sink.send(topic, numbered(1, { from: 4, partition: 0 }));
    const next = await read(log, { topic, group });
    await next.until(1);
    expect(numbersOf(next.records).at(-1)).toBe(4);
    expect(next.records.length).toBe(5 - reading.records.length);
  });

  contractTest("what has landed can be committed while partitions are taken away", async ({ log, topic, group }) => {
    await log.sink.send(topic, numbered(6, { partition: 1 }));
    const first = await read(log, {
      topic,
      group,
      onRevoked: async () => first.subscription.commit(topic, 1, 6),
    });
    await first.until(6);
    await first.subscription.close();
    await log.sink.send(topic, numbered(1, { from: 6, partition: 1 }));
    const second = await read(log, { topic, group });
    await second.until(1);
    expect(numbersOf(second.records)).toEqual([6]);
  });
}

function sharingContract(contractTest: ContractTest): void {
  contractTest("two groups each get everything", async ({ log, topic, group }) => {
    await log.sink.send(topic, numbered(50));
    const one = await read(log, { topic, group: `${group}-1`, handle: commitAll });
    const other = await read(log, { topic, group: `${group}-2` });
    await Promise.all([one.until(50), other.until(50)]);
    expect(numbersOf(one.records).toSorted((a, b) => a - b)).toEqual(range(50));
    expect(numbersOf(other.records).toSorted((a, b) => a - b)).toEqual(range(50));
  });

  contractTest("two members share the partitions, and one takes over when the other leaves", async ({ log, topic, group }) => {
    const one = await read(log, { topic, group, handle: commitAll });
    const other = await read(log, { topic, group, handle: commitAll });
    let sent = 0;
    const sendToAll = async () => {
      for (const partition of range(4)) await log.sink.send(topic, numbered(1, { from: sent++, partition }));
    };
    // Until the group has settled partitions may still move: send until both have been given something.
    while (one.records.length === 0 || other.records.length === 0) {
      await sendToAll();
      await Promise.race([one.until(one.records.length + 1), other.until(other.records.length + 1)]);
    }
    await other.subscription.close();
    await sendToAll();
    const missing = () => sent - new Set([...numbersOf(one.records), ...numbersOf(other.records)]).size;
    while (missing() > 0) await one.until(one.records.length + 1);
    const reached = range(4)
      .map((partition) => one.batches.findLast((batch) => batch.partition === partition))
      .map(reachOf);
    expect(reached).toEqual((await log.endOffsets(topic)).map(({ nextOffset }) => nextOffset));
  });
}
