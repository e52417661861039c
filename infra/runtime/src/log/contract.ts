import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { ContractCase, ContractTest } from "./contract/case.ts";
import { deliveryContract } from "./contract/delivery.ts";
import { groupContract } from "./contract/groups.ts";
import { sizeContract } from "./contract/sizes.ts";
import type { RecordLog } from "./records.ts";

/** A guard against hanging, not a measurement: a group of a real broker takes seconds to settle. */
const TEST_MS_MAX = 60_000;

/** How an adapter is opened; a second `open` after the first log was closed sees what was stored. */
export interface ContractSubject {
  readonly open: () => Promise<RecordLog>;
}

/** What every adapter of the RecordLog port must do; call it inside a `describe`. */
export function recordLogContract(subject: ContractSubject): void {
  const contractTest: ContractTest = (name, run, { partitions = 4 } = {}) => {
    test(name, () => runCase(subject, run, partitions), TEST_MS_MAX);
  };
  topicContract(contractTest);
  deliveryContract(contractTest);
  groupContract(contractTest);
  sizeContract(contractTest);
}

async function runCase(subject: ContractSubject, run: (given: ContractCase) => Promise<void>, partitions: number): Promise<void> {
  const id = randomUUID();
  const topic = `contract.${id}`;
  let log = await subject.open();
  try {
    await log.ensureTopics([{ topic, partitions }]);
    const reopen = async () => {
      await log.close();
      log = await subject.open();
      return log;
    };
    await run({ log, topic, group: `group-${id}`, reopen });
  } finally {
    await log.close();
  }
}

function topicContract(contractTest: ContractTest): void {
  contractTest("a topic begins empty, and creating it again changes nothing", async ({ log, topic }) => {
    await log.sink.send(topic, [{ key: null, value: Buffer.from("x"), partition: 2 }]);
    await log.ensureTopics([{ topic, partitions: 9 }]);
    expect(await log.endOffsets(topic)).toEqual([0, 0, 1, 0].map((nextOffset, partition) => ({ partition, nextOffset })));
  });

  contractTest("a topic nobody created is refused by name", async ({ log, group }) => {
    const missing = `missing.${group}`;
    const onBatch = async () => {};
    await expect(log.sink.send(missing, [{ key: "a", value: Buffer.from("x") }])).rejects.toMatchObject({ code: "not_found" });
    await expect(log.source.subscribe({ topics: [missing], group, onBatch })).rejects.toMatchObject({ code: "not_found" });
  });

  contractTest("an empty send is accepted and leaves nothing", async ({ log, topic }) => {
    await log.sink.send(topic, []);
    expect((await log.endOffsets(topic)).map(({ nextOffset }) => nextOffset)).toEqual([0, 0, 0, 0]);
  });
}
