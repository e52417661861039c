import { readLabelsCsv } from "@bellwether/analytics/workbench/labels/labelsFile";
import { expect, test } from "vitest";
import { labelMapper, labelMappingSchema } from "./labelMapping.ts";

const mapping = labelMappingSchema.parse({
  columns: { vin: "Fahrgestell", at: "Datum", operation: "Arbeit", part: "Teil", outcome: "Befund", id: "Auftrag" },
  operations: { "2710*": "battery", "271055": "battery_cell" },
  parts: { "B-77": "aux_battery" },
  outcomes: { "i.O.": "no_fault_found", defekt: "confirmed" },
});
const nowMs = Date.parse("2026-06-01T00:00:00Z");

test("operation and part codes become components, their words outcomes; what is not in the mapping is listed with its line", () => {
  const csv = [
    "Auftrag,Fahrgestell,Datum,Arbeit,Teil,Befund",
    "1,CAR1,2026/5/1,271055,,defekt",
    "2,CAR1,2026-05-02,271099,,i.O.",
    "3,CAR2,2026.05.03,,B-77,defekt",
    "4,CAR2,2026-05-03,99,,defekt",
    "5,CAR2,2026-13-03,271055,,defekt",
  ].join("\n");
  const { labels, problems } = readLabelsCsv(csv, { nowMs, map: labelMapper(mapping) });
  expect(labels.map(({ id, vin, component, outcome }) => [id, vin, component, outcome])).toEqual([
    ["1", "CAR1", "battery_cell", "confirmed"],
    ["2", "CAR1", "battery", "no_fault_found"],
    ["3", "CAR2", "aux_battery", "confirmed"],
  ]);
  expect(problems).toEqual([
    'line 5: component: neither operation "99" nor part "" is in the mapping',
    expect.stringMatching(/^line 6: at: /),
  ]);
});
