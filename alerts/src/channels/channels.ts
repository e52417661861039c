import type { RecordSink } from "@bellwether/runtime/log/records";
import type { Logger } from "@bellwether/runtime/logger";
import type { AlertsConfig } from "../config.ts";
import type { Channel } from "./channel.ts";
import { createDingTalkChannel } from "./dingtalk.ts";
import { createEmailChannel } from "./email.ts";
import { createFeishuChannel } from "./feishu.ts";
import { createLogChannel } from "./log.ts";
import { createPushChannel } from "./push.ts";
import { createSmsChannel } from "./sms.ts";
import { createWebhookChannel } from "./webhook.ts";
import { createWebPushChannel } from "./webPush.ts";
import { createWeComChannel } from "./wecom.ts";

interface ChannelDeps {
  readonly logger: Logger;
  readonly now: () => number;
  readonly sink: RecordSink;
}

/** Makes a channel from the configuration; null where it is not set up. */
type ChannelFactory = (config: AlertsConfig, deps: ChannelDeps) => Channel | null;

/** The registry: one line per channel. */
const CHANNELS: Readonly<Record<string, ChannelFactory>> = {
  log: (config, { logger }) => createLogChannel({ file: config.notificationLogFile ?? null, logger }),
  webhook: (config, { now }) =>
    config.webhookSecret === undefined
      ? null
      : createWebhookChannel({
          secret: config.webhookSecret,
          previousSecret: config.webhookSecretPrevious,
          mayCallPrivate: config.webhookAllowPrivate,
          now,
        }),
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
  webpush: (config) => {
    const { webPushPublicKey: publicKey, webPushPrivateKey: privateKey, webPushSubject: subject } = config;
    if (publicKey === undefined || privateKey === undefined) return null;
    return createWebPushChannel({ publicKey, privateKey, subject, mayCallPrivate: config.webhookAllowPrivate });
  },
  sms: ({ smsUrl, smsBody, smsHeaders, webhookAllowPrivate }) =>
    smsUrl === undefined
      ? null
      : createSmsChannel({ url: smsUrl, body: smsBody, headers: smsHeaders, mayCallPrivate: webhookAllowPrivate }),
  dingtalk: (config, { now }) => createDingTalkChannel({ mayCallPrivate: config.webhookAllowPrivate, now }),
  feishu: (config, { now }) => createFeishuChannel({ mayCallPrivate: config.webhookAllowPrivate, now }),
  wecom: (config, { now }) => createWeComChannel({ mayCallPrivate: config.webhookAllowPrivate, now }),
  push: ({ pushTopic }, { sink }) => (pushTopic === undefined ? null : createPushChannel({ sink, topic: pushTopic })),
};

/** The channels the configuration sets up, by name. */
export function createChannels(config: AlertsConfig, deps: ChannelDeps): ReadonlyMap<string, Channel> {
  const made = Object.entries(CHANNELS).map(([name, make]) => [name, make(config, deps)] as const);
  return new Map(made.flatMap(([name, channel]) => (channel === null ? [] : [[name, channel] as const])));
}
