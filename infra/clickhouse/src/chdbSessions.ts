import { type ChdbResult, Session } from "chdb";

/** What one statement runs under. */
export interface Assignments {
  /** `a = '1'`: the same for many statements; kept by the session. */
  readonly kept: readonly string[];
  /** `param_x = 'v'`: of this statement only, and set anew by whoever gets the session next. */
  readonly own: readonly { readonly name: string; readonly text: string }[];
}

export interface Sessions {
  /** Runs a statement under exactly these assignments and the engine's defaults. */
  run(sql: string, assignments: Assignments): Promise<ChdbResult>;
  /** Closes the sessions nobody is using; those in use close behind their statement. */
  close(): void;
}

/** Idle sessions kept for what comes next. */
const IDLE_MAX = 16;
/** Other statements may change the session itself (SET, USE, temporary tables). */
const LEAVES_NO_TRACE = /^\s*(SELECT|INSERT|WITH)\b/i;
/** A statement that may be killed by this name is the last of its session: the order to kill it may arrive late. */
const KILLED_BY = "log_comment";

/**
 * Sessions of the engine in this process. Opening one costs 1 ms of CPU time, half of it on the main thread, as much as a small
 * statement; so a session is used again, but only by statements that assign the very names its last one did, with the same values
 * of those it kept: nothing of one statement can reach another. After a failure it is closed.
 */
export function createSessions(dir: string): Sessions {
  const idle: { readonly key: string; readonly session: Session }[] = [];
  let isClosed = false;

  function takeIdle(key: string): Session | undefined {
    const at = idle.findLastIndex((one) => one.key === key);
    return at < 0 ? undefined : idle.splice(at, 1)[0]?.session;
  }

  async function open(kept: readonly string[]): Promise<Session> {
    const session = new Session(dir);
    try {
      if (kept.length > 0) await session.queryAsync(`SET ${kept.join(", ")}`);
      return session;
    } catch (error) {
      session.close();
      throw error;
    }
  }

  function keep(key: string, session: Session): void {
    idle.push({ key, session });
    if (isClosed || idle.length > IDLE_MAX) idle.shift()?.session.close();
  }

  return {
    async run(sql, { kept, own }) {
      const key = [...kept, ...own.map(({ name }) => name)].join("\n");
      const session = takeIdle(key) ?? (await open(kept));
      try {
        if (own.length > 0) await session.queryAsync(`SET ${own.map(({ text }) => text).join(", ")}`);
        const result = await session.queryAsync(sql);
        if (LEAVES_NO_TRACE.test(sql) && !own.some(({ name }) => name === KILLED_BY)) keep(key, session);
        else session.close();
        return result;
      } catch (error) {
        session.close();
        throw error;
      }
    },
    close() {
      isClosed = true;
      for (const { session } of idle.splice(0)) session.close();
    },
  };
}
