import { type Message, renderMessage } from "../delivery/message.ts";
import { limitDates } from "../leads/limitDates.ts";
import { actByMs } from "../routing/policy.ts";
import type { Recipient } from "../routing/route.ts";
import type { StageDeps } from "./deps.ts";
import type { Routed } from "./findRecipients.ts";

export type Rendered = Routed & { readonly messages: readonly { readonly recipient: Recipient; readonly message: Message }[] };

/** The texts, each within the limits of its channel. */
export function render(routed: Routed, { limitsOf, coolDownMs }: StageDeps): Rendered {
  const { finding, advice, after, mark, odometerKm } = routed;
  const messages = routed.recipients.map((recipient) => {
    const { audience, reason, language, timeZone, channel } = recipient;
    const about = {
      finding,
      advice,
      severity: after.severity,
      actByMs: actByMs(after.severity, mark.lastSeenMs, advice.actWithinDays, limitDates(finding.evidence)),
      odometerKm,
    };
    const coolDownDays = Math.round(coolDownMs / 86_400_000);
    return { recipient, message: renderMessage({ audience, reason, language, timeZone, ...about, coolDownDays }, limitsOf(channel)) };
  });
  return { ...routed, messages };
}
