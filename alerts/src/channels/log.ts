import { appendFile } from "node:fs/promises";
import type { Logger } from "@bellwether/runtime/logger";
import type { Delivery } from "../delivery/delivery.ts";
import { type Channel, classifyIoError, type Outgoing } from "./channel.ts";

export interface LogChannelOptions {
  /** Where messages go, one JSON object per line; null: into the service's own log. */
  readonly file: string | null;
  readonly logger: Logger;
}

/** Writes each message as one structured line, without the recipient's address. */
export function createLogChannel({ file, logger }: LogChannelOptions): Channel {
  return {
    limits: { titleChars: 200, bodyChars: 4000 },
    send: (message, signal) => writeLine(message, signal, { file, logger }),
    close: async () => {},
  };
}

async function writeLine(message: Outgoing, signal: AbortSignal, { file, logger }: LogChannelOptions): Promise<Delivery> {
  const { address: _, ...line } = message;
  try {
    signal.throwIfAborted();
    if (file === null) logger.info(line, "notification");
    else await appendFile(file, `${JSON.stringify(line)}\n`);
    return { kind: "sent", providerId: `log:${message.id}` };
  } catch (error) {
    return classifyIoError(error, signal);
  }
}
