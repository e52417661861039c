import type { Command } from "commander";
import { z } from "zod";
import { type Reader, runWithReader } from "../reader.ts";
import { type ExitSlot, type Session, withCommonOptions } from "../session.ts";

const record = z.record(z.string(), z.unknown());
const detailSchema = z.object({
  health: z.array(record),
  evaluation: z.object({ notEvaluated: z.array(record), weeks: z.array(record) }),
});

const HEALTH_COLUMNS = [
  "at",
  "sohPct",
  "sohLowPct",
  "sohHighPct",
  "capacityAh",
  "accuracyClass",
  "sessions",
  "cause",
  "imbalancePct",
  "reason",
];
const WEEK_COLUMNS = ["week", "days", "drivingCoverage", "chargingCoverage", "intervalS", "problems"];
/** About half a year. */
const WEEKS = 26;

/** `bellwether health <vin>`: the battery's weekly value, how much of the car was seen, and who could not judge it and why. */
export function addHealth(program: Command, exit: ExitSlot): void {
  withCommonOptions(program.command("health <vin>"))
    .description("a vehicle's weekly battery health, how much of it was seen, and what could not be judged and why")
    .action((vin: string, _options, command: Command) =>
      runWithReader(command, exit, (session, reader) => printHealth(session, reader, vin)),
    );
}

async function printHealth({ out, json }: Session, reader: Reader, vin: string): Promise<undefined> {
  const { health, evaluation } = detailSchema.parse(await reader.get(`/v1/vehicles/${encodeURIComponent(vin)}`));
  if (json) {
    out.record({ vin, health, evaluation });
    return undefined;
  }
  section(out, { title: "Battery health", rows: health.slice(-WEEKS), columns: HEALTH_COLUMNS, none: "no value yet" });
  section(out, { title: "Seen of its weeks", rows: evaluation.weeks, columns: WEEK_COLUMNS, none: "no week yet" });
  const unjudged = { title: "Could not be judged", rows: evaluation.notEvaluated, columns: ["sourceId", "day", "reason", "samples"] };
  section(out, { ...unjudged, none: "every detector and rule could judge the last days" });
  return undefined;
}

interface Section {
  readonly title: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly columns: readonly string[];
  readonly none: string;
}

function section(out: Session["out"], { title, rows, columns, none }: Section): void {
  out.line(`\n${title}`);
  if (rows.length === 0) out.line(none);
  else out.rows(rows.map(forTable), columns);
}

/** Two decimals, lists in words: a table is for people. */
function forTable(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const readable = (value: unknown) => {
    if (Array.isArray(value)) return value.join(", ") || null;
    return typeof value === "number" ? Math.round(100 * value) / 100 : value;
  };
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, readable(value)]));
}
