import type { Platform } from "./platform.ts";
import { createReaderOn, readAll } from "./reader.ts";
import type { Services } from "./services.ts";
import type { Session } from "./session.ts";

/** What came out for one vehicle: records, findings, alerts, messages and leads. */
export async function summarise(session: Session, platform: Platform, services: Services, { vin }: { vin: string }): Promise<void> {
  const reader = await createReaderOn(session, platform, services.metrics);
  try {
    const list = (path: string) => readAll(reader, `${path}?vin=${encodeURIComponent(vin)}`);
    const findings = await list("/v1/findings");
    const alerts = await list("/v1/alerts");
    const leads = await list("/v1/leads");
    const messages = (await list("/v1/notifications")).filter((message) => message.audience === "owner");
    for (const finding of findings) session.out.line(`${finding.first_seen}  ${finding.severity}  ${finding.sentence}`);
    session.out.record({
      vin,
      ...services.ingest.stats(),
      findings: findings.length,
      alerts: alerts.length,
      owner_messages: messages.length,
      leads: leads.length,
    });
  } finally {
    await reader.close();
  }
}
