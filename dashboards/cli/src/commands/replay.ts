import { TOPICS } from "@bellwether/contracts/topics";
import { parseVin } from "@bellwether/contracts/vin";
import { openRecording, type Recording } from "@bellwether/ingest/replay/openRecording";
import type { OutgoingRecord } from "@bellwether/runtime/log/records";
import type { Command } from "commander";
import { z } from "zod";
import { EXIT } from "../exitCodes.ts";
import { file, vin } from "../optionFields.ts";
import { readOptions } from "../options.ts";
import { openPlatform, type Platform } from "../platform.ts";
import { createProgress } from "../progress.ts";
import { createServices, type Services } from "../services.ts";
import { type ExitSlot, runCommand, type Session, withCommonOptions } from "../session.ts";
import { summarise } from "../summary.ts";
import { untilSignal } from "../untilSignal.ts";

const optionsSchema = z.object({ map: file("a YAML map of columns to signals, see ingest/maps"), vin: vin() });

/** Records sent at once, and records after which the pipeline is drained and analytics looks: bounds memory and lag. */
const RECORDS_PER_SEND = 1_000;
const RECORDS_PER_STEP = 10_000;

/** `bellwether replay`: a recording through the whole pipeline, in event time. */
export function addReplay(program: Command, exit: ExitSlot): void {
  withCommonOptions(program.command("replay <file>"))
    .description("stream a recording (CSV, gzipped CSV) through the pipeline in event time")
    .option("--map <map>", "required: YAML map of columns to signals, see ingest/maps")
    .option("--vin <vin>", "required: vehicle the recording belongs to")
    .action((recorded: string, _options, command: Command) =>
      runCommand(command, exit, (session) => replay(session, recorded, readOptions(command, optionsSchema))),
    );
}

async function replay(session: Session, recorded: string, { map, vin: given }: z.infer<typeof optionsSchema>): Promise<number> {
  const recording = await openRecording({ file: recorded, mapFile: map, vin: given });
  let failure: unknown = null;
  let isDone = false;
  const code = await untilSignal(session, async ({ signal, onClose }) => {
    const platform = await openPlatform(session.config, session.home, session.logger);
    onClose("engines", () => platform.close());
    const services = await createServices(session, platform);
    for (const service of [services.alerts, services.ingest]) {
      await service.start();
      onClose("service", () => service.stop());
    }
    failure = await pump(session, { platform, services, recording, signal });
    if (signal.aborted) return;
    await services.ingest.drain();
    await services.analytics.tick({ final: true });
    await services.alerts.drain();
    // A file that could not be read at all has only its error to show.
    if (failure === null || services.ingest.stats().records > 0)
      await summarise(session, platform, services, { vin: parseVin(given) ?? given });
    isDone = true;
  });
  if (failure !== null) throw failure;
  return isDone || code !== EXIT.ok ? code : saidInterrupted(recording);
}

/** What has been sent stays in the log and lands at the next start; the same command again replaces the rows, because their times are the same. */
function saidInterrupted(recording: Recording): number {
  process.stderr.write(`bellwether replay: stopped after ${recording.stats().rows} rows; the same command again plays all of them\n`);
  return EXIT.interrupted;
}

/** Sends the recording and lets the pipeline keep up; what was good before a defect of the file stays. Returns the defect. */
async function pump(
  session: Session,
  run: { platform: Platform; services: Services; recording: Recording; signal: AbortSignal },
): Promise<unknown> {
  const { platform, services, recording, signal } = run;
  const progress = createProgress({ silent: session.json, lines: false, total: recording.bytesTotal, unit: "bytes" });
  let pending: OutgoingRecord[] = [];
  let sinceStep = 0;
  const send = async () => {
    if (pending.length > 0) await platform.log.sink.send(TOPICS.frames, pending);
    pending = [];
  };
  try {
    for await (const record of recording) {
      if (signal.aborted) break;
      pending.push(record);
      if (pending.length >= RECORDS_PER_SEND) await send();
      if (++sinceStep < RECORDS_PER_STEP) continue;
      sinceStep = 0;
      await send();
      await services.ingest.drain();
      await services.analytics.tick();
      progress.update(recording.bytesRead);
    }
    await send();
    progress.update(recording.bytesRead);
    return null;
  } catch (error) {
    await send();
    return error;
  } finally {
    progress.stop();
  }
}
