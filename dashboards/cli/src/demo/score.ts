import { COMPONENTS } from "@bellwether/contracts/finding";
import { type PlantedFault, scoreFindings, type TruthScore } from "@bellwether/simulator/truth";
import { z } from "zod";
import type { Output } from "../output.ts";
import { type Reader, readAll } from "../reader.ts";

const findingSchema = z
  .object({
    vin: z.string(),
    source: z.object({ id: z.string() }),
    component: z.enum(COMPONENTS),
    severity: z.string(),
    first_seen: z.string(),
    cell: z.number().nullable(),
    sentence: z.string(),
  })
  .transform(({ first_seen, ...finding }) => ({ ...finding, firstSeen: first_seen }));
type DemoFinding = z.infer<typeof findingSchema>;

/** Everything found so far against the planted truth, as of `nowMs` in event time. */
export async function scoreDemo(reader: Reader, truth: readonly PlantedFault[], nowMs: number): Promise<TruthScore<DemoFinding>> {
  const findings = z.array(findingSchema).parse(await readAll(reader, "/v1/findings"));
  const score = scoreFindings(truth, findings, { nowMs });
  // What is only kept as information tells nobody anything wrong.
  return { ...score, falseFindings: score.falseFindings.filter(({ severity }) => severity !== "info") };
}

/** What it found and what it missed, fault by fault, then the findings nothing explains. */
export function printScore(out: Output, score: TruthScore<DemoFinding>, json: boolean): void {
  out.line("\nPlanted faults and what came of them:");
  out.rows(
    score.faults.map(({ fault, verdict, daysToDetection, finding }) => ({
      verdict,
      vin: fault.vin,
      fault: fault.kind,
      cell: fault.cell,
      days: daysToDetection === null ? null : Math.round(daysToDetection * 10) / 10,
      by: finding?.source.id,
    })),
    ["verdict", "vin", "fault", "cell", "days", "by"],
  );
  if (score.falseFindings.length > 0) {
    out.line("\nFindings that nothing planted explains:");
    out.rows(
      score.falseFindings.map((finding) => ({
        vin: finding.vin,
        by: finding.source.id,
        cell: finding.cell,
        at: finding.firstSeen,
        sentence: finding.sentence,
      })),
      ["vin", "by", "cell", "at", "sentence"],
    );
  }
  const { found, missed, pending } = score;
  const totals = { found, missed, pending, false_findings: score.falseFindings.length };
  if (json) out.record(totals);
  else out.line(`\nfound ${found}, missed ${missed}, not due yet ${pending}, unexplained findings ${score.falseFindings.length}`);
}
