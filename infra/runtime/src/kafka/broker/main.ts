/** `npm run kafka`: a real Apache Kafka on this machine, without Docker, until Ctrl-C. */
import { parseArgs } from "node:util";
import { runUntilSignal, untilAborted } from "../../lifecycle.ts";
import { createLogger } from "../../logger.ts";
import { startBroker } from "./broker.ts";

const HELP = `usage: npm run kafka -- [--dir DIR] [--port PORT]
  --dir DIR    where the broker keeps its data (default .bellwether/kafka)
  --port PORT  port on 127.0.0.1 (default 9092)
`;

const { values } = parseArgs({
  options: {
    dir: { type: "string", default: ".bellwether/kafka" },
    port: { type: "string", default: "9092" },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else process.exitCode = await runUntilSignal(serve, { logger: createLogger({ service: "kafka" }), closeTimeoutMs: 30_000 });

async function serve({ signal, onClose }: Parameters<Parameters<typeof runUntilSignal>[0]>[0]): Promise<void> {
  const broker = await startBroker({ dir: values.dir, port: Number(values.port), isLongLived: true });
  onClose("broker", broker.stop);
  process.stdout.write(`${broker.brokers.join(",")}\n`);
  const ended = broker.exited.then((code) => {
    if (!signal.aborted) throw new Error(`the broker ended with exit code ${code}`);
  });
  await Promise.race([untilAborted(signal), ended]);
}
