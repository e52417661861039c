import type { GroupOffsets } from "./groupOffsets.ts";
import type { Member } from "./member.ts";
import type { PartitionLog } from "./partitionLog.ts";

/**
 * One consumer group: its members within this process share the partitions of the topics they subscribe to.
 * Assignment is static and simple: partition i of a topic goes to member i modulo the number of members, in the
 * order they joined. Changes happen one after another; a partition is given up (handlers done, `onRevoked` called)
 * before its new owner gets it.
 */
export class Group {
  readonly offsets: GroupOffsets;
  readonly #members: Member[] = [];
  /** The last change of membership; the next one waits for it. */
  #change: Promise<void> = Promise.resolve();

  constructor(offsets: GroupOffsets) {
    this.offsets = offsets;
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  join(member: Member): Promise<void> {
    return this.#changeTo(async () => {
      this.#members.push(member);
      await this.#rebalance();
    });
  }

  leave(member: Member): Promise<void> {
    return this.#changeTo(async () => {
      const place = this.#members.indexOf(member);
      if (place >= 0) this.#members.splice(place, 1);
      await member.release(member.held);
      await this.#rebalance();
    });
  }

  #changeTo(change: () => Promise<void>): Promise<void> {
    const next = this.#change.then(change);
    this.#change = next.catch(() => undefined);
    return next;
  }

  async #rebalance(): Promise<void> {
    const plan = assign(this.#members);
    for (const member of this.#members) {
      const wanted = plan.get(member) ?? [];
      await member.release(member.held.filter((log) => !wanted.includes(log)));
    }
    for (const [member, logs] of plan) member.take(logs);
  }
}

/** Partitions per member, in the order the members joined. */
function assign(members: readonly Member[]): ReadonlyMap<Member, readonly PartitionLog[]> {
  const plan = new Map<Member, PartitionLog[]>(members.map((member) => [member, []]));
  const partitions = new Set(members.flatMap((member) => member.partitions));
  for (const log of partitions) {
    const candidates = members.filter((member) => member.partitions.includes(log));
    const owner = candidates[log.partition % candidates.length];
    if (owner !== undefined) plan.get(owner)?.push(log);
  }
  return plan;
}
