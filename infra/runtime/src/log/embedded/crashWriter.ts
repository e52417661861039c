/**
 * A process for the crash test: appends numbered records to partition 0 of topic `t` in the directory it is given and
 * prints the number of each as soon as it is acknowledged, until it is killed.
 */
import { openEmbeddedLog } from "../embedded.ts";

const [dir = "", first = "0"] = process.argv.slice(2);
const log = await openEmbeddedLog({ dir, segmentBytes: 64 * 1024 });
await log.ensureTopics([{ topic: "t", partitions: 1 }]);
const padding = Buffer.alloc(200);
for (let number = Number(first); ; number++) {
  await log.sink.send("t", [{ key: null, value: Buffer.concat([Buffer.from(`${number} `), padding]), partition: 0 }]);
  process.stdout.write(`${number}\n`);
}
