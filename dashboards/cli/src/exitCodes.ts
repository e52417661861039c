import type { ErrorCode } from "@bellwether/contracts/errors";
import { BellwetherError } from "@bellwether/contracts/errors";

/** Exit codes of every command; docs/cli.md and `bellwether --help` list them. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  input: 3,
  locked: 4,
  interrupted: 130,
} as const;

const BY_CODE: Partial<Record<ErrorCode, number>> = {
  config_invalid: EXIT.usage,
  input_unreadable: EXIT.input,
  not_found: EXIT.input,
  home_locked: EXIT.locked,
};

export const EXIT_CODE_HELP = `Exit codes:
  0  done, or a service stopped as asked
  1  something failed while running; the message says what
  2  wrong usage or configuration; all problems are listed
  3  an input (file, map, frame, id) is missing or cannot be read
  4  another process holds the home directory; reading commands ask that process instead
130  stopped by Ctrl-C before it was done`;

/** The exit code for whatever a command threw. */
export function exitCodeOf(error: unknown): number {
  return error instanceof BellwetherError ? (BY_CODE[error.code] ?? EXIT.failed) : EXIT.failed;
}
