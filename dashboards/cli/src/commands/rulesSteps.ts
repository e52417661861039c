import { type RuleDetail, ruleDetailSchema, stepSchema } from "@bellwether/alerts/api/workbenchSchemas";
import { openRuleFile } from "@bellwether/analytics/workbench/ruleFiles";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { Command } from "commander";
import { z } from "zod";
import { EXIT } from "../exitCodes.ts";
import { type Reader, runWithReader } from "../reader.ts";
import { type ExitSlot, type Session, withCommonOptions } from "../session.ts";
import { backtestAtHolder, compareAtHolder } from "../workbench/atHolder.ts";
import { readScope, requestOf, rulesDir, withScope } from "../workbench/backtestOptions.ts";
import { withProgress } from "../workbench/onHistory.ts";
import { gateAsked, withGate } from "./compare.ts";

const decisionSchema = z.object({
  reason: z.string().min(3),
  actor: z.string().default("command line"),
  champion: z.string().optional(),
  force: z.boolean().default(false),
});

/** `bellwether rules promote` and `rollback`: the API's own steps, of the running process or of one opened for the moment. */
export function addSteps(rules: Command, exit: ExitSlot): void {
  const command = withCommonOptions(rules.command("promote"))
    .argument("<rule>", "the id of a rule in the directory in force, or its file there")
    .requiredOption("--reason <text>", "why; goes into the audit")
    .option(
      "--champion <rule>",
      "id of the live rule it is compared with (default: the one it `challenges`; without any: its back-test alone)",
    )
    .option("--force", "although the gate refuses; goes into the audit with what it said")
    .description(
      "one step on: draft to shadow when its examples pass, shadow to live when the gate lets it through; with --from and --to the run it rests on is made first, else the newest one counts",
    );
  withGate(withScope(command)).action((name: string, _options, self: Command) =>
    runWithReader(self, exit, (session, reader) => promote(session, reader, name, self)),
  );
  withCommonOptions(rules.command("rollback"))
    .argument("<rule>", "the id of a rule in the directory in force, or its file there")
    .requiredOption("--reason <text>", "why; goes into the audit")
    .option("--actor <name>", "who", "command line")
    .description("one step back: a live rule gives way to the one it replaced, else goes into shadow; shadow to draft, retired to live")
    .action((name: string, _options, self: Command) =>
      runWithReader(self, exit, async (session, reader) => {
        const { reason, actor } = decisionSchema.parse(self.opts());
        const { id } = await inForce(session, reader, name);
        return told(session, await reader.post(`/v1/rules/${id}/rollback`, { reason, actor }));
      }),
    );
}

async function promote(session: Session, reader: Reader, name: string, command: Command): Promise<number> {
  const { reason, actor, champion: championId, force: isForced } = decisionSchema.parse(command.opts());
  const rule = await inForce(session, reader, name);
  const { from, to, labels, vehicles } = command.opts();
  if (labels !== undefined || vehicles !== undefined) {
    throw refusal("a promotion rests on the whole fleet and the labels of the table: leave out --labels and --vehicles");
  }
  if (rule.status === "shadow" && (from !== undefined || to !== undefined)) {
    await runFirst(session, reader, { rule, championId: championId ?? rule.challenges, command });
  }
  const asked = { reason, actor, isForced, gate: gateAsked(command), ...(championId === undefined ? {} : { championId }) };
  return told(session, await reader.post(`/v1/rules/${rule.id}/promote`, asked));
}

/** The run the gate will look at: a comparison with the rule it means to replace, else a back-test. */
async function runFirst(
  session: Session,
  reader: Reader,
  { rule, championId, command }: { readonly rule: RuleDetail; readonly championId: string | null; readonly command: Command },
): Promise<void> {
  const scope = readScope(command);
  const own = await requestOf(rule, scope);
  if (championId === null) {
    await withProgress(session, (options) => backtestAtHolder(reader, own, options));
    return;
  }
  const champion = await requestOf(ruleDetailSchema.parse(await reader.get(`/v1/rules/${championId}`)), scope);
  await withProgress(session, (options) => compareAtHolder(reader, champion, own, options));
}

/** The rule as the process knows it; a file elsewhere, or one that differs, is not what a step would be about. */
async function inForce(session: Session, reader: Reader, name: string): Promise<RuleDetail> {
  const file = await openRuleFile(name, rulesDir(session));
  const known = await reader
    .get(`/v1/rules/${file.rule.id}`)
    .then((found) => ruleDetailSchema.parse(found))
    .catch((error: unknown) => {
      if (error instanceof BellwetherError && error.code === "not_found") return null;
      throw error;
    });
  if (known === null || known.text !== file.text) {
    throw refusal(`${file.path} is not in the rules directory in force: put it there first (ANALYTICS_RULES_DIR)`);
  }
  return known;
}

/** What was done, or the texts for a pull request where files are not written from here. */
function told(session: Session, answer: unknown): number {
  const { files, isWritten, reason } = stepSchema.parse(answer);
  for (const { ruleId, from, to } of files) session.out.line(`${ruleId}: ${from ?? "new"} -> ${to}`);
  if (session.json) session.out.record({ isWritten, reason, files });
  if (isWritten) return EXIT.ok;
  session.out.line(`\nnot written: ${reason}. The files for a pull request:`);
  for (const { file, text } of files) session.out.line(`\n--- ${file}\n${text}`);
  return EXIT.failed;
}

function refusal(message: string): BellwetherError {
  return new BellwetherError("config_invalid", `refused: ${message}`, { retryable: false });
}
