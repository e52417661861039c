import { retry } from "../../retry.ts";
import { protocolErrorOf, toLogError } from "./errors.ts";

/** What a broker answers for a moment after a topic was created, a leader has changed or a cluster got its first group; kafkajs' admin does not wait for it. */
const TRANSIENT = [
  "NOT_LEADER_FOR_PARTITION",
  "LEADER_NOT_AVAILABLE",
  "GROUP_LOAD_IN_PROGRESS",
  "GROUP_COORDINATOR_NOT_AVAILABLE",
  "NOT_COORDINATOR_FOR_GROUP",
];
const WAIT = { attempts: 8, baseMs: 50, maxMs: 1_000 };

/** Asks the cluster something; waits out a change of leaders or coordinators and names what was attempted when it fails. */
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
