import { TOPICS } from "@bellwether/contracts/topics";
import { decodeRecord } from "@bellwether/ingest/decode/codecs";
import { createDecodeOptions } from "@bellwether/ingest/decode/decodeConfig";
import { readHeader } from "@bellwether/ingest/gbt32960/frame";
import { openLog } from "@bellwether/runtime/log/openLog";
import type { Command } from "commander";
import { z } from "zod";
import { type GivenPayload, INPUT_HELP, readPayloads } from "../decodeInput.ts";
import { readOptions } from "../options.ts";
import { logConfig } from "../platform.ts";
import { type ExitSlot, runCommand, type Session, withCommonOptions } from "../session.ts";

const optionsSchema = z.object({ file: z.string().optional(), key: z.string().optional() });

/** `bellwether send`: payloads onto the topic ingest reads, as they are; good ones land, others become dead letters. */
export function addSend(program: Command, exit: ExitSlot): void {
  withCommonOptions(program.command("send [hex...]"))
    .description(`send payloads to the frames topic, as they are, ${INPUT_HELP}`)
    .option("--key <vin>", "the records' key; by default the VIN before a line, else the vehicle the payload names, else none")
    .option("--file <file>", "read a file instead of standard input")
    .action((hex: string[], _options, command: Command) =>
      runCommand(command, exit, (session) => send(session, hex, readOptions(command, optionsSchema))),
    );
}

async function send(session: Session, hex: readonly string[], { file, key }: z.infer<typeof optionsSchema>): Promise<undefined> {
  const given = await readPayloads(hex, file);
  const log = await openLog(logConfig(session.config, session.home), { logger: session.logger });
  try {
    await log.ensureTopics([{ topic: TOPICS.frames, partitions: 4 }]);
    const records = given.map((one) => ({ key: key ?? one.key ?? vehicleOf(session, one), value: one.payload }));
    await log.sink.send(TOPICS.frames, records);
    session.out.record({
      topic: TOPICS.frames,
      records: records.length,
      withoutKey: records.filter((record) => record.key === null).length,
    });
  } finally {
    await log.close();
  }
  return undefined;
}

/** The vehicle a payload names, also in a frame that is no report; null where it names none. */
function vehicleOf({ config }: Session, { payload }: GivenPayload): string | null {
  const context = { receivedTimeMs: Date.now(), bytesMax: config.ingestRecordBytesMax, options: createDecodeOptions(config) };
  for (const decoded of decodeRecord(payload, context)) {
    const vin = decoded.kind === "samples" ? decoded.samples[0]?.vin : undefined;
    if (vin !== undefined) return vin;
  }
  return readHeader(payload).header?.vin || null;
}
