import type { Language } from "@bellwether/contracts/alert";
import XMLBuilder from "fast-xml-builder";

/** Leads for systems that read files, with what each format can carry. */

/** What both exports need of a lead. */
export interface ExportedLead {
  readonly id: string;
  readonly vin: string;
  readonly dealerId: string | null;
  readonly state: string;
  readonly component: string;
  readonly severity: string;
  readonly isSafety: boolean;
  readonly title: string;
  readonly offeredAt: string;
  readonly actBy: string;
  readonly acceptBy: string | null;
  readonly odometerKm: number | null;
  readonly outcome: string | null;
}

const CSV_COLUMNS = [
  "id",
  "vin",
  "dealerId",
  "state",
  "component",
  "severity",
  "isSafety",
  "title",
  "offeredAt",
  "actBy",
  "acceptBy",
  "odometerKm",
  "outcome",
] as const satisfies readonly (keyof ExportedLead)[];

/** RFC 4180, one line per lead. */
export function leadsToCsv(leads: readonly ExportedLead[]): string {
  const lines = leads.map((lead) => CSV_COLUMNS.map((column) => csvField(lead[column])).join(","));
  return `${[CSV_COLUMNS.join(","), ...lines].join("\r\n")}\r\n`;
}

/** A text that a spreadsheet would run as a formula gets an apostrophe in front. */
export function csvField(value: string | number | boolean | null): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export interface AdfLead extends ExportedLead {
  readonly model: string | null;
  readonly builtOn: string | null;
  readonly symptom: Readonly<Record<Language, string>>;
  readonly operations: readonly string[];
  readonly parts: readonly string[];
  readonly labourHours: number | null;
  readonly evidence: readonly string[];
}

const builder = new XMLBuilder({ ignoreAttributes: false, format: true, suppressEmptyNode: true });

/**
 * ADF 1.0, a format for sales leads: it has no field for fault, evidence, date or operations, so these stand in the
 * vehicle's comments. The customer is not named; the address comes from the contact route, with the owner's consent.
 */
export function leadToAdf(lead: AdfLead): string {
  const { id, vin, odometerKm, dealerId, offeredAt } = lead;
  const odometer = odometerKm === null ? {} : { odometer: { "@_units": "km", "#text": String(Math.round(odometerKm)) } };
  const prospect = {
    "@_status": "new",
    id: { "@_sequence": "1", "@_source": "Bellwether", "#text": id },
    requestdate: offeredAt,
    vehicle: {
      "@_status": "used",
      year: lead.builtOn?.slice(0, 4) ?? "",
      make: "",
      model: lead.model ?? "",
      vin,
      ...odometer,
      comments: commentsOf(lead),
    },
    customer: { contact: { name: { "@_part": "full", "#text": "by consent only" } } },
    vendor: { contact: { name: { "@_part": "full", "#text": dealerId ?? "not assigned" } } },
    provider: { name: { "@_part": "full", "#text": "Bellwether" } },
  };
  return `<?xml version="1.0" encoding="UTF-8"?>\n<?adf version="1.0"?>\n${builder.build({ adf: { prospect } })}`;
}

function commentsOf({ symptom, operations, parts, labourHours, evidence, actBy, isSafety }: AdfLead): string {
  return [
    ...(isSafety ? ["SAFETY: the car must not be driven."] : []),
    `Symptom: ${symptom.en}`,
    ...evidence.map((sentence) => `Evidence: ${sentence}`),
    `Suggested operations: ${operations.join("; ") || "diagnose first"}`,
    `Parts: ${parts.join("; ") || "none expected"}`,
    ...(labourHours === null ? [] : [`Labour: ${labourHours} h`]),
    `See the car by: ${actBy.slice(0, 10)}`,
  ].join("\n");
}
