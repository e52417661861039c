import { type Lifecycle, runUntilSignal } from "@bellwether/runtime/lifecycle";
import type { Session } from "./session.ts";

/** Beyond INGEST_DRAIN_BUDGET, for what else a service has to put away. */
const CLOSE_MARGIN_MS = 10_000;

/**
 * Runs until done or told to stop, closes what was opened, and throws what broke it, so that the command says it in
 * one line like every other problem. Resolves with the exit code.
 */
export async function untilSignal(session: Session, program: (lifecycle: Lifecycle) => Promise<void>): Promise<number> {
  let failure: unknown = null;
  const code = await runUntilSignal(
    async (lifecycle) => {
      try {
        await program(lifecycle);
      } catch (error) {
        if (!lifecycle.signal.aborted) failure = error;
      }
    },
    // The engines and ingest's last blocks: nothing may be cut off before the budget ingest states.
    { logger: session.logger, closeTimeoutMs: session.config.ingestDrainBudget + CLOSE_MARGIN_MS },
  );
  if (failure !== null) throw failure;
  return code;
}
