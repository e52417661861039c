import { expect, test } from "vitest";
import { csvField, type ExportedLead, leadsToCsv, leadToAdf, leadToStar } from "./leadExports.ts";

const lead: ExportedLead = {
  id: "ld-1",
  vin: "LSVAA4182E2000001",
  dealerId: "north",
  state: "offered",
  component: "battery_cell",
  severity: "warning",
  isSafety: false,
  title: 'A "weak", cell',
  offeredAt: "2026-01-02T00:00:00.000Z",
  actBy: "2026-01-16T00:00:00.000Z",
  acceptBy: null,
  odometerKm: 41_250.4,
  outcome: null,
};

test("CSV quotes what needs it, leaves unknown empty and disarms formulas", () => {
  const [head, line, end] = leadsToCsv([lead]).split("\r\n");
  expect(head?.startsWith("id,vin,dealerId")).toBe(true);
  expect(line).toContain('"A ""weak"", cell"');
  expect(line?.endsWith(",,41250.4,")).toBe(true);
  expect(end).toBe("");
  expect(["=1+1", "@cmd", "-2", "plain"].map(csvField)).toEqual(["'=1+1", "'@cmd", "'-2", "plain"]);
});

test("ADF carries the vehicle, puts what it has no field for into comments, and names nobody", () => {
  const details = {
    symptom: { en: "Cell 82 < its neighbours & falling", zh: "" },
    operations: ["Measure"],
    parts: [],
    labourHours: 2,
    payer: "goodwill_request",
    softwareVersion: "8.2",
  } as const;
  const xml = leadToAdf({ ...lead, ...details, isSafety: true, model: "EV 1", builtOn: "2020-05-01", evidence: ["21 mV below"] });
  expect(xml).toContain('<?adf version="1.0"?>');
  expect(xml).toContain('<id sequence="1" source="Bellwether">ld-1</id>');
  expect(xml).toContain("<vin>LSVAA4182E2000001</vin>");
  expect(xml).toContain('<odometer units="km">41250</odometer>');
  expect(xml).toContain("Cell 82 &lt; its neighbours &amp; falling");
  expect(xml).toContain("SAFETY: the car must not be driven.");
  expect(xml).toContain("See the car by: 2026-01-16");
  expect(xml).toContain("Who pays: warranty has ended, the maker takes a goodwill request");
  expect(xml).toContain("Software: 8.2");
  expect(xml).toContain('<name part="full">by consent only</name>');
});

test("STAR-style XML carries one job per operation, parts, windows and the date, and escapes texts", () => {
  const details = {
    symptom: { en: "Cell 82 < its neighbours", zh: "" },
    operations: ["Measure", "Replace"],
    parts: ["Module"],
    labourHours: 2,
    payer: null,
    softwareVersion: null,
  };
  const appointments = [{ startsAt: "2026-01-05T08:00:00.000Z", endsAt: "2026-01-05T10:00:00.000Z" }];
  const rest = { model: "EV 1", builtOn: "2020-05-01", evidence: ["21 mV below"], appointments, evidenceSha256: "ab" };
  const xml = leadToStar({ ...lead, ...details, ...rest }, "2026-01-02T00:00:00.000Z");
  for (const part of [
    "<BODID>ld-1</BODID>",
    "<VehicleID>LSVAA4182E2000001</VehicleID>",
    "<ModelYear>2020</ModelYear>",
    "<OperationName>Replace</OperationName>",
    "<ItemDescription>Module</ItemDescription>",
    "<StartDateTime>2026-01-05T08:00:00.000Z</StartDateTime>",
    "<CompleteByDateTime>2026-01-16T00:00:00.000Z</CompleteByDateTime>",
    "Cell 82 &lt; its neighbours",
  ])
    expect(xml).toContain(part);
});
