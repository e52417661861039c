import { setTimeout as delay } from "node:timers/promises";
import { readAs } from "../access.ts";
import { findLastChange, listChanges } from "../alertReads.ts";
import { type ApiApp, type ApiDeps, callerOf } from "../context.ts";
import { Problem } from "../problems.ts";

const STREAMS_MAX = 100;
const CHANGES_PER_LOOK = 200;

/**
 * Live changes as server-sent events. Each stream reads the audit with its caller's own rights, so a dealer's stream
 * shows a dealer's alerts; `Last-Event-ID` continues a broken stream without a gap.
 */
export function eventRoutes(app: ApiApp, deps: ApiDeps): void {
  const closing = new AbortController();
  let streams = 0;
  app.addHook("preClose", async () => closing.abort());
  app.get(
    "/v1/events",
    { sse: "only", schema: { summary: "Changes of alerts as they happen (server-sent events)", tags: ["alerts"] } },
    async (request, reply) => {
      const caller = callerOf(request);
      if (streams >= STREAMS_MAX) throw new Problem(503, `at most ${STREAMS_MAX} live streams at a time`);
      streams++;
      const gone = new AbortController();
      request.raw.on("close", () => gone.abort());
      try {
        await reply.sse.send(changesOf(deps, caller, startOf(reply.sse.lastEventId), AbortSignal.any([gone.signal, closing.signal])));
      } finally {
        streams--;
      }
    },
  );
}

function startOf(lastEventId: string | null): number | null {
  const id = Number(lastEventId ?? "");
  return lastEventId !== null && Number.isSafeInteger(id) && id >= 0 ? id : null;
}

async function* changesOf({ db, config }: ApiDeps, caller: ReturnType<typeof callerOf>, start: number | null, signal: AbortSignal) {
  let position = start ?? (await readAs(db, caller, findLastChange));
  // A first event at once tells the client that the stream stands.
  yield { id: String(position), event: "ready", data: {} };
  while (!signal.aborted) {
    const changes = await readAs(db, caller, (tx) => listChanges(tx, position, CHANGES_PER_LOOK));
    for (const change of changes) {
      position = change.id;
      yield { id: String(change.id), event: "change", data: change };
    }
    if (changes.length < CHANGES_PER_LOOK) await delay(config.apiEventsPollMs, undefined, { signal }).catch(() => undefined);
  }
}
