import type { RecordLog } from "../records.ts";

/** A fresh topic and group on an open log; closed after the test. */
export interface ContractCase {
  readonly log: RecordLog;
  readonly topic: string;
  readonly group: string;
  /** Closes the log and opens it again, as a restart does. */
  readonly reopen: () => Promise<RecordLog>;
}

/** Defines a test with a topic of four partitions (or as many as told) of its own. */
export type ContractTest = (name: string, run: (given: ContractCase) => Promise<void>, options?: { partitions?: number }) => void;
