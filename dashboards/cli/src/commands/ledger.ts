import { isAccountSound, type PartitionAccount, partitionAccountSchema } from "@bellwether/contracts/operations";
import type { Command } from "commander";
import { z } from "zod";
import { EXIT } from "../exitCodes.ts";
import { openReader } from "../reader.ts";
import { type ExitSlot, runCommand, type Session, withCommonOptions } from "../session.ts";

const COLUMNS = [
  "topic",
  "partition",
  "offsets",
  "in",
  "landed",
  "ignored",
  "parked",
  "gaps",
  "doubles",
  "pending",
  "committed",
  "lag",
  "state",
];
const accountSchema = z.object({ items: z.array(partitionAccountSchema) });

/** `bellwether ledger`: where every offset has gone. */
export function addLedger(program: Command, exit: ExitSlot): void {
  withCommonOptions(program.command("ledger"))
    .description(
      "account of every offset: in = landed + ignored + parked per partition; exit 1 when it does not add up, or with gaps or doubles",
    )
    .action((_options, command: Command) => runCommand(command, exit, ledger));
}

async function ledger(session: Session): Promise<number> {
  const reader = await openReader(session);
  try {
    const { items } = accountSchema.parse(await reader.get("/v1/ledger/account"));
    session.out.rows(
      session.json ? items.map((account) => ({ ...account, isSound: isAccountSound(account) })) : items.map(forTable),
      COLUMNS,
    );
    return items.every(isAccountSound) ? EXIT.ok : EXIT.failed;
  } finally {
    await reader.close();
  }
}

function forTable(account: PartitionAccount): Readonly<Record<string, unknown>> {
  const {
    topic,
    partition,
    firstOffset,
    lastOffset,
    records,
    landed,
    ignored,
    parkedByReason,
    gaps,
    doubles,
    pending,
    committedOffset,
    lag,
  } = account;
  const reasons = Object.entries(parkedByReason).map(([reason, n]) => `${n} ${reason}`);
  return {
    ...{ topic, partition, landed, ignored, gaps, doubles, pending, lag },
    offsets: firstOffset === null ? null : `${firstOffset}-${lastOffset}`,
    in: records,
    parked: reasons.length === 0 ? "0" : reasons.join(", "),
    committed: committedOffset,
    state: stateOf(account),
  };
}

function stateOf(account: PartitionAccount): string {
  if (isAccountSound(account)) return "sound";
  return account.unaccounted === 0 ? "broken" : `broken: ${account.unaccounted} unaccounted`;
}
