import { ALERT_COOL_DOWN_DAYS } from "@bellwether/contracts/alertPolicy";
import { byteSize, count, durationMs, flag, port, secret } from "@bellwether/runtime/configFields";
import { z } from "zod";
import { parseRoleNames } from "./identity/oidc.ts";
import type { LinkOptions } from "./owners/actionLinks.ts";

const WEBHOOK_SECRET = /^whsec_[A-Za-z0-9+/]{24,}={0,2}$/;

const headersSchema = z.record(z.string().regex(/^[A-Za-z0-9-]+$/), z.string());

function parseHeaders(text: string, context: z.RefinementCtx): Readonly<Record<string, string>> {
  try {
    return headersSchema.parse(JSON.parse(text));
  } catch {
    context.addIssue({ code: "custom", message: "expected a JSON object of header names and values" });
    return z.NEVER;
  }
}

/** Everything the alert service can be told. `{}` is enough for the embedded mode. */
export const alertsConfigSchema = z.object({
  alertsGroup: z.string().min(1).default("bellwether-alerts").describe("consumer group on the findings topic"),
  alertCoolDownMs: durationMs()
    .prefault(`${ALERT_COOL_DOWN_DAYS}d`)
    .describe("event time within which a fault that returns continues its alert"),
  alertTimersMs: durationMs({ min: 10 }).prefault("60s").describe("how often reminders, digests and the clocks of leads are looked at"),
  alertsHoldoutShare: z.coerce
    .number()
    .min(0)
    .max(0.5)
    .optional()
    .describe("share of vehicles per rule that are not told, for comparison; never where there is danger. When absent: 0.1, embedded 0"),
  alertsHoldoutSalt: z.string().min(1).default("bellwether-1").describe("name of the comparison; another one draws anew"),
  leadAcceptMs: durationMs().prefault("24h").describe("time a dealer has to accept a lead before it goes to the next"),
  leadAcceptSafetyMs: durationMs().prefault("2h").describe("the same where the car must not be driven"),
  carePlanFile: z
    .string()
    .min(1)
    .optional()
    .describe("file with the seasons and the maintenance plan of care messages; the one that ships when absent"),
  repairOrderMappingFile: z
    .string()
    .min(1)
    .optional()
    .describe("YAML file that says how records of the repair-order topic become ours; absent: they are in our own words"),
  ownerLinkUrl: z.url().optional().describe("address of the API as owners reach it; without it and the secret, messages have no links"),
  ownerLinkSecret: secret().min(32).optional().describe("signs the links in owners' messages"),
  ownerLinkTtlMs: durationMs().prefault("60d").describe("how long a link in a message works"),
  senderBatch: count({ min: 1, max: 1000 }).default(50).describe("messages one sender takes at a time"),
  senderPollMs: durationMs({ min: 10 })
    .prefault("1s")
    .describe("wait between looks at the outbox; what the same process has decided leaves at once"),
  senderLeaseMs: durationMs({ min: 100 }).prefault("60s").describe("after this a message taken by a sender that died is taken again"),
  senderAttempts: count({ min: 1, max: 100 }).default(8).describe("attempts before a message is given up and shown as dead"),
  senderBaseMs: durationMs().prefault("2s").describe("first limit of the random wait between attempts; doubles each time"),
  senderMaxMs: durationMs().prefault("30m").describe("largest limit of the random wait between attempts"),
  channelTimeoutMs: durationMs({ min: 10 }).prefault("10s").describe("time one delivery may take"),
  notificationLogFile: z.string().min(1).optional().describe("file of the log channel; the service's log when absent"),
  webhookSecret: secret()
    .regex(WEBHOOK_SECRET)
    .meta({ expected: "a Standard Webhooks secret: whsec_ and at least 24 characters of base64" })
    .optional()
    .describe("signs webhooks; without it the webhook channel is off"),
  webhookSecretPrevious: secret()
    .regex(WEBHOOK_SECRET)
    .meta({ expected: "a Standard Webhooks secret: whsec_ and at least 24 characters of base64" })
    .optional()
    .describe("signs webhooks beside the new secret while receivers change over"),
  webhookAllowPrivate: flag().default(false).describe("whether webhooks, robots, text and browser messages may go to private addresses"),
  webPushPublicKey: z.string().min(80).optional().describe("VAPID public key; without the pair the webpush channel is off"),
  webPushPrivateKey: secret().min(40).optional().describe("VAPID private key"),
  webPushSubject: z.string().min(6).default("mailto:operator@localhost").describe("who answers for browser messages: mailto: or https:"),
  smsUrl: z.string().min(8).optional().describe("address of the text message provider, may hold {{to}}, {{text}}, {{id}}; off when absent"),
  smsBody: z
    .string()
    .min(1)
    .default('{"to":"{{to}}","text":"{{text}}","id":"{{id}}"}')
    .describe("what is posted to it: JSON when it starts with a brace, else a form"),
  smsHeaders: secret().prefault("{}").transform(parseHeaders).describe("further headers as a JSON object, such as the provider's key"),
  pushTopic: z.string().min(1).optional().describe("topic of the OEM's push gateway; without it the push channel is off"),
  receiptsSecret: secret()
    .regex(WEBHOOK_SECRET)
    .meta({ expected: "a Standard Webhooks secret: whsec_ and at least 24 characters of base64" })
    .optional()
    .describe("checks receipts of providers; without it none are taken"),
  receiptsSecretPrevious: secret()
    .regex(WEBHOOK_SECRET)
    .meta({ expected: "a Standard Webhooks secret: whsec_ and at least 24 characters of base64" })
    .optional()
    .describe("is taken beside the new secret while providers change over"),
  smtpHost: z.string().min(1).optional().describe("mail server; without it the e-mail channel is off"),
  smtpPort: port().default(587).describe("port of the mail server"),
  smtpTls: flag().default(false).describe("TLS from the first byte; otherwise STARTTLS where offered"),
  smtpUser: z.string().min(1).optional().describe("user name at the mail server"),
  smtpPassword: secret().optional().describe("password at the mail server"),
  smtpFrom: z.string().min(3).default("Bellwether <bellwether@localhost>").describe("sender of e-mails"),
  apiHost: z.string().min(1).default("127.0.0.1").describe("address the API listens on"),
  apiPort: port().default(8080).describe("port the API listens on"),
  apiConsoleDir: z.string().min(1).optional().describe("folder with the built console; not served when absent"),
  apiBodyBytesMax: byteSize({ min: 1024 }).prefault("64KiB").describe("largest request body"),
  apiRequestsPerMinute: count({ min: 1 }).default(1200).describe("requests per minute and client address"),
  oidcIssuer: z.url().optional().describe("OpenID provider people sign in at; without it only API keys are taken"),
  oidcAudience: z.string().min(1).default("bellwether").describe("audience a token must be made for"),
  oidcRoleClaim: z.string().min(1).default("roles").describe("claim with the person's roles; a dot goes into an object"),
  oidcRoleNames: z
    .string()
    .default("{}")
    .transform((text, context) => {
      const names = parseRoleNames(text);
      if (names === null) context.addIssue({ code: "custom", message: "expected a JSON object of the provider's words and our roles" });
      return names ?? {};
    })
    .describe("the provider's words for our roles as a JSON object, such as fleet-admins for admin"),
  oidcDealerClaim: z.string().min(1).default("dealer_id").describe("claim with the dealer a person works for"),
  oidcVinClaim: z.string().min(1).default("vin").describe("claim with the vehicle a person owns"),
  oidcClockSkewMs: durationMs().prefault("60s").describe("how far the provider's clock may be off"),
  workbenchFaultsMin: count({ min: 0 }).default(30).describe("confirmed faults a comparison must have seen before a rule may go live"),
  workbenchWeeksMin: count({ min: 0 }).default(8).describe("weeks of history it must have seen"),
  workbenchFalseBudget: z.coerce
    .number()
    .min(0)
    .optional()
    .describe("false alerts per 1,000 vehicle-years a rule may have; no budget when absent"),
  apiEventsPollMs: durationMs({ min: 10 }).prefault("2s").describe("how often the live stream looks for changes"),
});
export type AlertsConfig = z.infer<typeof alertsConfigSchema>;

/** How links in owners' messages are made; null where the configuration has no address or no secret. */
export function linkOptionsOf(config: Pick<AlertsConfig, "ownerLinkUrl" | "ownerLinkSecret" | "ownerLinkTtlMs">): LinkOptions | null {
  const { ownerLinkUrl, ownerLinkSecret, ownerLinkTtlMs } = config;
  if (ownerLinkUrl === undefined || ownerLinkSecret === undefined) return null;
  return { publicUrl: ownerLinkUrl.replace(/\/+$/, ""), secret: ownerLinkSecret, ttlMs: ownerLinkTtlMs };
}
