import { BellwetherError } from "@bellwether/contracts/errors";
import { type DeadLetter, deadLetterSchema, type ReplayReport, replayReportSchema } from "@bellwether/contracts/operations";
import { REJECTION_REASONS } from "@bellwether/contracts/sample";
import { count } from "@bellwether/runtime/configFields";
import type { Command } from "commander";
import { z } from "zod";
import { EXIT } from "../exitCodes.ts";
import { readOptions } from "../options.ts";
import { type Reader, runWithReader } from "../reader.ts";
import { type ExitSlot, type Session, withCommonOptions } from "../session.ts";

const MS_PER_UNIT: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const filterSchema = z.object({
  reason: z.enum(REJECTION_REASONS).optional(),
  since: z
    .string()
    .refine((text) => sinceMs(text, 0) !== null)
    .meta({ expected: "a time such as 2026-06-01 or 2026-06-01T08:00:00Z, or a stretch up to now such as 30m, 24h, 7d" })
    .optional(),
  limit: count({ min: 1, max: 10_000 }).optional(),
});
const replaySchema = filterSchema.extend({ again: z.boolean().default(false), all: z.boolean().default(false) });
const lettersSchema = z.object({ items: z.array(deadLetterSchema) });
const LISTED_MAX = 100;
/** Letters of one request; a replay without --limit asks until none is left. */
const REPLAYED_AT_ONCE = 500;
const COLUMNS = ["origin", "reason", "key", "bytes", "firstSeenAt", "lastSeenAt", "replays", "detail"];

/** `bellwether dead-letters list|show|replay`: records that could not be stored, and what can be done about them. */
export function addDeadLetters(program: Command, exit: ExitSlot): void {
  const letters = program
    .command("dead-letters")
    .description("records that could not be stored: list, show, send through the pipeline again");
  withFilters(letters.command("list"))
    .description("list dead letters, newest first")
    .action((_options, command: Command) => runWithReader(command, exit, (session, reader) => list(session, reader, command)));
  withCommonOptions(letters.command("show <origin>"))
    .description("one dead letter with its headers and first bytes; origin is topic:partition:offset")
    .action((origin: string, _options, command: Command) =>
      runWithReader(command, exit, (session, reader) => show(session, reader, origin)),
    );
  withFilters(letters.command("replay [origin]"))
    .description("send dead letters through the live pipeline again, each at most once; needs an origin, --reason, --since or --all")
    .option("--all", "whatever the reason and time")
    .option("--again", "also those that have been replayed before")
    .action((origin: string | undefined, _options, command: Command) =>
      runWithReader(command, exit, (session, reader) => replay(session, reader, { origin, command })),
    );
}

function withFilters(command: Command): Command {
  return withCommonOptions(command)
    .option("--reason <reason>", `one of ${REJECTION_REASONS.join(", ")}`)
    .option("--since <time>", "last seen since then: 2026-06-01, 2026-06-01T08:00:00Z, 30m, 24h, 7d")
    .option("--limit <n>", "at most so many (list: 100 by default; replay: all)");
}

async function list(session: Session, reader: Reader, command: Command): Promise<number> {
  const { items } = lettersSchema.parse(await reader.get(`/v1/dead-letters?${queryOf(readOptions(command, filterSchema))}`));
  session.out.rows(session.json ? items : items.map(forTable), COLUMNS);
  return EXIT.ok;
}

async function show(session: Session, reader: Reader, origin: string): Promise<number> {
  const { items } = lettersSchema.parse(await reader.get(`/v1/dead-letters?${new URLSearchParams({ origin })}`));
  const [letter] = items;
  if (letter === undefined) throw new BellwetherError("not_found", `no dead letter from ${origin}`, { retryable: false });
  session.out.record({ ...letter, ...textOf(letter.hex) });
  return EXIT.ok;
}

/** Most formats are text; of binary ones the hex has to do. */
function textOf(hex: string): { text?: string } {
  const bytes = Buffer.from(hex, "hex");
  const text = bytes.toString("utf8");
  const isText = bytes.length > 0 && !/[\p{Cc}\uFFFD]/u.test(text.replaceAll(/[\t\r\n]/g, ""));
  return isText ? { text } : {};
}

/** Without anything that narrows it down, a replay of everything has to be asked for by name. */
async function replay(
  session: Session,
  reader: Reader,
  { origin, command }: { origin: string | undefined; command: Command },
): Promise<number> {
  const { reason, since, limit, again, all } = readOptions(command, replaySchema);
  if (origin === undefined && reason === undefined && since === undefined && !all) {
    throw new BellwetherError("config_invalid", "expected an origin, --reason, --since or --all", { retryable: false });
  }
  const body = {
    ...(origin === undefined ? {} : { origin }),
    ...(reason === undefined ? {} : { reason }),
    ...sinceOf(since),
    limit: limit ?? REPLAYED_AT_ONCE,
    again,
  };
  const isOnce = limit !== undefined || again || origin !== undefined;
  const report = await replayAll(() => reader.post("/v1/dead-letters/replay", body), { isOnce });
  session.out.record(report);
  return report.inDoubt > 0 ? EXIT.failed : EXIT.ok;
}

/** Letters that have been sent are not found again; those that cannot be are counted once, by the last request. */
async function replayAll(post: () => Promise<unknown>, { isOnce }: { isOnce: boolean }): Promise<ReplayReport> {
  let sent = 0;
  while (true) {
    const report = replayReportSchema.parse(await post());
    sent += report.sent;
    if (isOnce || report.sent === 0) return { ...report, sent, alreadyReplayed: Math.max(report.alreadyReplayed - sent, 0) };
  }
}

function queryOf({ reason, since, limit }: z.infer<typeof filterSchema>): URLSearchParams {
  return new URLSearchParams({ limit: String(limit ?? LISTED_MAX), ...(reason === undefined ? {} : { reason }), ...sinceOf(since) });
}

function sinceOf(since: string | undefined): { since?: string } {
  const ms = since === undefined ? null : sinceMs(since, Date.now());
  return ms === null ? {} : { since: new Date(ms).toISOString() };
}

/** A point in time, or null when the text is none. */
function sinceMs(text: string, nowMs: number): number | null {
  const [, amount, unit = ""] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (amount !== undefined) return nowMs - Number(amount) * (MS_PER_UNIT[unit] ?? 0);
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}

function forTable({ topic, partition, offset, ...letter }: DeadLetter): Readonly<Record<string, unknown>> {
  return { ...letter, origin: `${topic}:${partition}:${offset}` };
}
