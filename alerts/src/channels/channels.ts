import type { Logger } from "@bellwether/runtime/logger";
import type { AlertsConfig } from "../config.ts";
import type { Channel } from "./channel.ts";
import { createEmailChannel } from "./email.ts";
import { createLogChannel } from "./log.ts";
import { createWebhookChannel } from "./webhook.ts";

interface ChannelDeps {
  readonly logger: Logger;
  readonly now: () => number;
}

/** Makes a channel from the configuration; null where it is not set up. */
type ChannelFactory = (config: AlertsConfig, deps: ChannelDeps) => Channel | null;

/** The registry: one line per channel. */
const CHANNELS: Readonly<Record<string, ChannelFactory>> = {
  log: (config, { logger }) => createLogChannel({ file: config.notificationLogFile ?? null, logger }),
  webhook: (config, { now }) =>
    config.webhookSecret === undefined
      ? null
      : createWebhookChannel({ secret: config.webhookSecret, mayCallPrivate: config.webhookAllowPrivate, now }),
  email: (config) =>
    config.smtpHost === undefined
      ? null
      : createEmailChannel({
          host: config.smtpHost,
          port: config.smtpPort,
          isTls: config.smtpTls,
          auth: config.smtpUser === undefined ? null : { user: config.smtpUser, password: config.smtpPassword ?? "" },
          from: config.smtpFrom,
          timeoutMs: config.channelTimeoutMs,
        }),
};

/** The channels the configuration sets up, by name. */
export function createChannels(config: AlertsConfig, deps: ChannelDeps): ReadonlyMap<string, Channel> {
  const made = Object.entries(CHANNELS).map(([name, make]) => [name, make(config, deps)] as const);
  return new Map(made.flatMap(([name, channel]) => (channel === null ? [] : [[name, channel] as const])));
}
