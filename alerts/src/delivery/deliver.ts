import type { ColumnStore } from "@bellwether/clickhouse/store";
import type { Label } from "@bellwether/contracts/alert";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { Channel, Outgoing } from "../channels/channel.ts";
import { postSigned, type WebhookChannelOptions } from "../channels/webhook.ts";
import { leadEventJobSchema } from "../leads/leadEvents.ts";
import { type LinkOptions, linkLines, OWNER_ACTIONS, type OwnerAction } from "../owners/actionLinks.ts";
import type { Job } from "./claim.ts";
import type { Delivery } from "./delivery.ts";
import { fitBody, fitText } from "./message.ts";
import { labelJobSchema } from "./outbox.ts";

/** Where a job of the outbox goes: a channel, a webhook about a lead, or the table of labels. */
export interface Destinations {
  readonly store: Pick<ColumnStore, "insertRows">;
  readonly channels: ReadonlyMap<string, Channel>;
  /** How links in an owner's message are made; null: without links. */
  readonly links?: LinkOptions | null;
  /** How webhooks about leads are signed; null: they are not set up. */
  readonly webhooks?: WebhookChannelOptions | null;
  readonly now: () => number;
}

/** One attempt. Never throws but for a broken programme: what goes wrong outside is a failed delivery. */
export async function deliver(job: Job, deps: Destinations, signal: AbortSignal): Promise<Delivery> {
  const { channels, store } = deps;
  if (job.kind === "lead_event") return postLeadEvent(job, deps, signal);
  if (job.kind === "label") return writeLabel(labelJobSchema.parse(job.payload), store);
  const channel = channels.get(job.channel ?? "");
  if (channel === undefined) {
    return { kind: "failed", retryable: false, reason: "channel_disabled", detail: `channel ${job.channel ?? "none"} is not set up` };
  }
  const { id, alert_id, vin, audience, reason, severity, address, language, withheld_reason } = job;
  return channel.send(
    {
      id,
      alertId: alert_id ?? "",
      vin: vin ?? "",
      audience: audience ?? "owner",
      reason: reason ?? "",
      severity: severity ?? "",
      address: address ?? "",
      language: language ?? "en",
      ...fitted(job, channel, deps),
      withheldReason: withheld_reason,
    },
    signal,
  );
}

async function postLeadEvent(job: Job, { webhooks = null }: Destinations, signal: AbortSignal): Promise<Delivery> {
  if (webhooks === null) return { kind: "failed", retryable: false, reason: "channel_disabled", detail: "webhooks are not set up" };
  const { url, data } = leadEventJobSchema.parse(job.payload);
  return postSigned({ address: url, id: job.id, type: "bellwether.lead", data, signal }, webhooks);
}

const LINKED_REASONS: readonly (string | null)[] = ["first", "escalated", "reminder", "digest", "care"];

/** The text within the channel's limits. Links are made here and nowhere kept: only the owner's message has them. */
function fitted(job: Job, { limits }: Channel, { links, now }: Destinations): Pick<Outgoing, "title" | "body"> {
  const isLinked = job.audience === "owner" && job.withheld_reason === null && job.channel !== "log" && LINKED_REASONS.includes(job.reason);
  const about = { id: job.id, actions: actionsOf(job), language: job.language ?? "en" };
  const tail = isLinked && links != null ? linkLines(about, links, now()).map((line) => `\n${line}`) : [];
  // A short channel keeps the text and as many links, the most useful first, as fit into half of it.
  const kept = tail.filter((_, i) => tail.slice(0, i + 1).join("").length <= limits.bodyChars / 2).join("");
  return {
    title: fitText(job.title ?? "", limits.titleChars),
    body: `${fitBody(job.body ?? "", limits.bodyChars - [...kept].length)}${kept}`,
  };
}

/** After "stop driving" there is nothing to put off or to stop; care is not booked through a lead. */
function actionsOf({ severity, purpose, reason }: Job): readonly OwnerAction[] {
  if (purpose === "care") return reason === "care" ? ["done", "stop"] : ["stop"];
  return severity === "critical" ? ["book", "done"] : OWNER_ACTIONS;
}

async function writeLabel(label: Label, store: Destinations["store"]): Promise<Delivery> {
  const row = {
    id: label.id,
    vin: label.vin,
    component: label.component,
    outcome: label.outcome,
    alert_id: label.alertId,
    source_id: label.sourceId,
    given_by: label.givenBy,
    at: label.at,
    note: label.note,
    revision: Date.parse(label.at),
  };
  try {
    await store.insertRows("labels", [row], { token: `label-${label.id}-${row.revision}` });
    return { kind: "sent", providerId: `labels:${label.id}` };
  } catch (error) {
    if (!(error instanceof BellwetherError)) throw error;
    return { kind: "failed", retryable: true, reason: "store_unavailable", detail: error.code };
  }
}
