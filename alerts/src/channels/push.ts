import type { RecordSink } from "@bellwether/runtime/log/records";
import type { Delivery } from "../delivery/delivery.ts";
import { type Channel, classifyIoError, type Outgoing, raceAbort } from "./channel.ts";

export interface PushChannelOptions {
  readonly sink: RecordSink;
  readonly topic: string;
}

/**
 * Hands each message to the OEM's own push gateway as one record of a topic, keyed by VIN so that a car's messages stay
 * in order. The address is what the gateway knows the owner by. Sent means durable in the log.
 */
export function createPushChannel(options: PushChannelOptions): Channel {
  return {
    limits: { titleChars: 120, bodyChars: 2000 },
    send: (message, signal) => sendMessage(message, signal, options),
    close: async () => {},
  };
}

async function sendMessage(message: Outgoing, signal: AbortSignal, { sink, topic }: PushChannelOptions): Promise<Delivery> {
  const value = Buffer.from(JSON.stringify(message));
  const headers = { "bw-notification-id": message.id, "bw-severity": message.severity };
  try {
    await raceAbort(sink.send(topic, [{ key: message.vin, value, headers }]), signal);
    return { kind: "sent", providerId: message.id };
  } catch (error) {
    return classifyIoError(error, signal);
  }
}
