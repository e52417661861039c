import type { ColumnStore } from "@bellwether/clickhouse/store";
import type { PipelineOperations, ReplayReport, ReplayRequest } from "@bellwether/contracts/operations";
import type { OutgoingRecord, RecordLog } from "@bellwether/runtime/log/records";
import type { Replay } from "./blocks/block.ts";
import type { IngestConfig } from "./config.ts";
import { createDeadLetterStore, type StoredLetter } from "./deadLetters/deadLetterStore.ts";
import { replayHeaders } from "./deadLetters/replays.ts";
import { readAccount, readAccountWithLag } from "./ledger/account.ts";
import { createSealing, type LetterContent } from "./privacy/sealing.ts";

export interface OperationsDeps {
  readonly store: ColumnStore;
  readonly log: RecordLog;
  readonly config: Pick<IngestConfig, "ingestTopic" | "ingestGroup" | "ingestPrivacySecret">;
  readonly now: () => number;
}

interface PlannedReplay {
  readonly replay: Replay;
  readonly content: LetterContent;
}

/** Letters sent at once: bounds memory at about this many megabytes. */
const LETTERS_PER_SEND = 100;

/** The account of offsets, and the dead letters: what they are, and through the pipeline once more. */
export function createPipelineOperations({ store, log, config, now }: OperationsDeps): PipelineOperations {
  const { ingestTopic: topic, ingestGroup: group, ingestPrivacySecret: secret } = config;
  const letters = createDeadLetterStore({ store, sealing: secret === undefined ? undefined : createSealing(secret) });

  /** Claims, sends, and writes down that it was sent. Cut short behind the claim, the next replay finds the letters in doubt. */
  async function send(planned: readonly PlannedReplay[]): Promise<void> {
    const replays = planned.map(({ replay }) => replay);
    await letters.record(replays, "claimed", now());
    await log.sink.send(topic, planned.map(outgoing));
    await letters.record(replays, "sent", now());
  }

  /** Whether all that is in the log has landed, so that a replay which has not arrived was never sent. */
  async function hasCaughtUp(): Promise<boolean> {
    const [ends, account] = await Promise.all([log.endOffsets(topic), readAccount(store)]);
    return ends.every(({ partition, nextOffset }) => {
      const landed = account.find((row) => row.topic === topic && row.partition === partition)?.lastOffset ?? -1;
      return landed + 1 >= nextOffset;
    });
  }

  return {
    account: () => readAccountWithLag({ store, log }, { topic, group }),
    deadLetters: async (filter) => (await letters.list(filter)).map(({ shown }) => shown),
    async replay(request) {
      // Asked before the letters are read: what arrives in between is then seen as arrived.
      const canResolve = await hasCaughtUp();
      const found = await letters.list({ ...request, isWaiting: !request.again && request.origin === undefined });
      const report = { sent: 0, alreadyReplayed: 0, notReplayable: 0, inDoubt: 0 };
      // That none was sent needs a reason: there are none, or all have been sent before.
      if (found.length === 0) report.alreadyReplayed = (await letters.list(request)).length;
      const planned = found.flatMap((letter) => plan(letter, { request, canResolve, report }) ?? []);
      for (let at = 0; at < planned.length; at += LETTERS_PER_SEND) {
        const share = planned.slice(at, at + LETTERS_PER_SEND);
        await send(share);
        report.sent += share.length;
      }
      return report;
    },
  };
}

/** The replay of one letter; undefined, and counted in the report, where there is to be none. */
function plan(
  { shown, content, isInDoubt }: StoredLetter,
  { request, canResolve, report }: { request: ReplayRequest; canResolve: boolean; report: { -readonly [K in keyof ReplayReport]: number } },
): PlannedReplay | undefined {
  if (content === null) {
    report.notReplayable++;
    return undefined;
  }
  if (isInDoubt && !canResolve) {
    report.inDoubt++;
    return undefined;
  }
  if (shown.replays > 0 && !isInDoubt && !request.again) {
    report.alreadyReplayed++;
    return undefined;
  }
  const { topic, partition, offset, replays } = shown;
  // A replay in doubt that has not arrived keeps its number: it is still the same one.
  return { content, replay: { topic, partition, offset, attempt: isInDoubt ? replays : replays + 1 } };
}

function outgoing({ replay, content: { key, headers, value } }: PlannedReplay): OutgoingRecord {
  return { key, value, headers: { ...headers, ...replayHeaders(replay) } };
}
