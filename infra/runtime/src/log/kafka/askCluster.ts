import { retry } from "../../retry.ts";
import { protocolErrorOf, toLogError } from "./errors.ts";

/** What a broker answers for a moment after a topic was created or a leader has changed; kafkajs' admin does not wait for it. */
const TRANSIENT = ["NOT_LEADER_FOR_PARTITION", "LEADER_NOT_AVAILABLE"];
const WAIT = { attempts: 8, baseMs: 50, maxMs: 1_000 };

/** Asks the cluster something; waits out a change of leaders and names what was attempted when it fails. */
export async function askCluster<T>(attempted: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await retry(async () => {
      try {
        return await ask();
      } catch (error) {
        throw TRANSIENT.includes(protocolErrorOf(error)) ? toLogError(error, attempted) : error;
      }
    }, WAIT);
  } catch (error) {
    throw toLogError(error, attempted);
  }
}
