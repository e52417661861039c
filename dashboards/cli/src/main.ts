import { Command, CommanderError } from "commander";
import { EXIT, EXIT_CODE_HELP } from "./exitCodes.ts";
import type { ExitSlot } from "./session.ts";

type AddCommand = (program: Command, exit: ExitSlot) => void;

/**
 * Every command, in the order the help shows them; a new one is one file and one line here.
 * Loaded when asked for, because the engines take over a second to load and `decode` needs none of them.
 */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  demo: async () => (await import("./commands/demo.ts")).addDemo,
  up: async () => (await import("./commands/run.ts")).addUp,
  ingest: async () => (await import("./commands/run.ts")).addIngest,
  analytics: async () => (await import("./commands/run.ts")).addAnalytics,
  alerts: async () => (await import("./commands/run.ts")).addAlerts,
  migrate: async () => (await import("./commands/migrate.ts")).addMigrate,
  simulate: async () => (await import("./commands/simulate.ts")).addSimulate,
  decode: async () => (await import("./commands/decode.ts")).addDecode,
  send: async () => (await import("./commands/send.ts")).addSend,
  replay: async () => (await import("./commands/replay.ts")).addReplay,
  findings: async () => (await import("./commands/lists.ts")).addFindings,
  health: async () => (await import("./commands/health.ts")).addHealth,
  rates: async () => (await import("./commands/lists.ts")).addRates,
  "fleet-findings": async () => (await import("./commands/lists.ts")).addFleetFindings,
  "code-sets": async () => (await import("./commands/lists.ts")).addCodeSets,
  "part-lives": async () => (await import("./commands/lists.ts")).addPartLives,
  "engineering-cases": async () => (await import("./commands/lists.ts")).addEngineeringCases,
  "repeat-repairs": async () => (await import("./commands/lists.ts")).addRepeatRepairs,
  leads: async () => (await import("./commands/lists.ts")).addLeads,
  notifications: async () => (await import("./commands/lists.ts")).addNotifications,
  ledger: async () => (await import("./commands/ledger.ts")).addLedger,
  backtest: async () => (await import("./commands/backtest.ts")).addBacktest,
  compare: async () => (await import("./commands/compare.ts")).addCompare,
  explain: async () => (await import("./commands/explain.ts")).addExplain,
  rules: async () => (await import("./commands/rules.ts")).addRules,
  labels: async () => (await import("./commands/labels.ts")).addLabels,
  scores: async () => (await import("./commands/scores.ts")).addScores,
  export: async () => (await import("./commands/export.ts")).addExport,
  "dead-letters": async () => (await import("./commands/deadLetters.ts")).addDeadLetters,
  keys: async () => (await import("./commands/keys.ts")).addKeys,
  person: async () => (await import("./commands/person.ts")).addPerson,
  doctor: async () => (await import("./commands/doctor.ts")).addDoctor,
};

/** Their names, without loading any. */
export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS);

/** The command tree, of the named command or of all; commands leave their exit code in `exit`. */
export async function createProgram(exit: ExitSlot, only?: string): Promise<Command> {
  const program = new Command("bellwether")
    .description("Fleet predictive maintenance: from vehicle telemetry to service before the breakdown.")
    .version("0.1.0")
    .showHelpAfterError("(run with --help for what is possible)")
    .addHelpText("after", `\n${EXIT_CODE_HELP}`)
    .exitOverride();
  const wanted = only !== undefined && Object.hasOwn(COMMANDS, only) ? COMMANDS[only] : undefined;
  for (const load of wanted === undefined ? Object.values(COMMANDS) : [wanted]) (await load())(program, exit);
  for (const command of program.commands.flatMap((top) => [top, ...top.commands])) {
    command.addHelpText("after", `\n${EXIT_CODE_HELP}`);
  }
  return program;
}

/** Whoever read our output may stop reading (`| head`); services and engines are closed all the same. */
function ignoreClosedPipe(error: Error): void {
  if (!("code" in error) || error.code !== "EPIPE") throw error;
}

/** Runs one command line; resolves with the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const exit: ExitSlot = { code: EXIT.ok };
  process.stdout.on("error", ignoreClosedPipe);
  try {
    const program = await createProgram(exit, argv[2]);
    await program.parseAsync([...argv]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  return exit.code;
}
