import type { Language } from "@bellwether/contracts/alert";
import XMLBuilder from "fast-xml-builder";
import type { PAYERS } from "./leadWarranty.ts";

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
  readonly softwareVersion: string | null;
  readonly payer: (typeof PAYERS)[number] | null;
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

const PAYER_WORDS: Readonly<Record<(typeof PAYERS)[number], string>> = {
  maker: "the maker, open recall",
  warranty_claim: "warranty, the maker decides on the claim",
  goodwill_request: "warranty has ended, the maker takes a goodwill request",
  owner: "the owner, warranty has ended",
};

function commentsOf(lead: AdfLead): string {
  const { symptom, operations, parts, labourHours, evidence, actBy, isSafety, softwareVersion, payer } = lead;
  return [
    ...(isSafety ? ["SAFETY: the car must not be driven."] : []),
    `Symptom: ${symptom.en}`,
    ...evidence.map((sentence) => `Evidence: ${sentence}`),
    `Suggested operations: ${operations.join("; ") || "diagnose first"}`,
    `Parts: ${parts.join("; ") || "none expected"}`,
    ...(labourHours === null ? [] : [`Labour: ${labourHours} h`]),
    ...(payer === null ? [] : [`Who pays: ${PAYER_WORDS[payer]}`]),
    ...(softwareVersion === null ? [] : [`Software: ${softwareVersion}`]),
    `See the car by: ${actBy.slice(0, 10)}`,
  ].join("\n");
}

export interface StarLead extends AdfLead {
  readonly appointments: readonly { readonly startsAt: string; readonly endsAt: string }[];
  readonly evidenceSha256: string;
}

/**
 * A lead in the manner of STAR's service appointment (Standards for Technology in Automotive Retail, BOD 5): application area,
 * data area, one job per operation with its parts. What the standard has no element for stands in `Note`. Every maker and
 * DMS agrees on its own profile, so this is the common core and not a certified message. The customer is not named.
 */
export function leadToStar(lead: StarLead, createdAt: string): string {
  const { id, vin, odometerKm, dealerId, offeredAt, model, builtOn } = lead;
  const mileage = odometerKm === null ? {} : { InDistanceMeasure: { "@_unitCode": "km", "#text": String(Math.round(odometerKm)) } };
  const message = {
    "@_xmlns": "http://www.starstandard.org/STAR/5",
    "@_releaseID": "5.5.4",
    ApplicationArea: {
      Sender: { ComponentID: "Bellwether", TaskID: "ServiceLead" },
      CreationDateTime: createdAt,
      // The same lead again is the same message.
      BODID: id,
    },
    ProcessServiceAppointmentDataArea: {
      Process: { "@_acknowledgeCode": "Always" },
      ServiceAppointment: {
        ServiceAppointmentHeader: {
          DocumentIdentificationGroup: { DocumentIdentification: { DocumentID: id } },
          DocumentDateTime: offeredAt,
          DealerParty: { PartyID: dealerId ?? "" },
          Priority: lead.isSafety ? "SAFETY" : lead.severity.toUpperCase(),
          CompleteByDateTime: lead.actBy,
          Note: [...starNotes(lead)],
        },
        ServiceAppointmentVehicleLineItem: {
          Vehicle: { VehicleID: vin, Model: model ?? "", ModelYear: builtOn?.slice(0, 4) ?? "" },
          ...mileage,
        },
        RequestedAppointment: lead.appointments.map(({ startsAt, endsAt }) => ({ StartDateTime: startsAt, EndDateTime: endsAt })),
        Job: starJobs(lead),
      },
    },
  };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build({ ProcessServiceAppointment: message })}`;
}

function starJobs({ operations, parts, labourHours, symptom }: StarLead) {
  const named = operations.length === 0 ? ["Diagnose first"] : operations;
  return named.map((operation, i) => ({
    JobNumberString: String(i + 1),
    OperationName: operation,
    ...(i > 0
      ? {}
      : { CustomerComplaint: symptom.en, ...(labourHours === null ? {} : { LaborAllowanceHoursNumeric: String(labourHours) }) }),
    ...(i > 0 ? {} : { ServiceParts: parts.map((part) => ({ ItemDescription: part })) }),
  }));
}

function starNotes({ evidence, evidenceSha256, isSafety }: StarLead): readonly string[] {
  return [
    ...(isSafety ? ["SAFETY: the car must not be driven."] : []),
    ...evidence.map((sentence) => `Evidence: ${sentence}`),
    `Evidence SHA-256: ${evidenceSha256}`,
  ];
}
