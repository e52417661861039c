import { EventEmitter } from "node:events";
import { BellwetherError } from "@bellwether/contracts/errors";
import { expect, test } from "vitest";
import { type LifecycleOptions, runUntilSignal, untilAborted } from "./lifecycle.ts";
import { createLogger } from "./logger.ts";

function harness() {
  const signals = new EventEmitter();
  const exits: number[] = [];
  const lines: string[] = [];
  const options: LifecycleOptions = {
    signals,
    exit: (code) => void exits.push(code),
    logger: createLogger({ service: "test", destination: { write: (line) => void lines.push(line) } }),
    closeTimeoutMs: 20,
  };
  return { signals, exits, lines, options };
}

test("a signal aborts the program, and what it opened is closed in reverse order", async () => {
  const { signals, options } = harness();
  const events: string[] = [];
  const code = await runUntilSignal(async ({ signal, onClose }) => {
    onClose("store", async () => void events.push("store closed"));
    onClose("consumer", async () => void events.push("consumer closed"));
    queueMicrotask(() => signals.emit("SIGTERM", "SIGTERM"));
    await untilAborted(signal);
    events.push("program ended");
  }, options);
  expect(events).toEqual(["program ended", "consumer closed", "store closed"]);
  expect(code).toBe(0);
  expect(signals.listenerCount("SIGTERM")).toBe(0);
});

test("a second signal exits at once", async () => {
  const { signals, exits, options } = harness();
  await runUntilSignal(async ({ signal }) => {
    signals.emit("SIGINT", "SIGINT");
    expect(signal.aborted).toBe(true);
    signals.emit("SIGINT", "SIGINT");
  }, options);
  expect(exits).toEqual([130]);
});

test("a failing program is closed, logged and exits 1, or 2 when its configuration is wrong", async () => {
  const failures = [
    { error: new Error("boom"), expected: 1 },
    { error: new BellwetherError("config_invalid", "boom", { retryable: false }), expected: 2 },
  ];
  for (const { error, expected } of failures) {
    const { lines, options } = harness();
    let isClosed = false;
    const code = await runUntilSignal(async ({ onClose }) => {
      onClose("store", async () => {
        isClosed = true;
      });
      throw error;
    }, options);
    expect([code, isClosed]).toEqual([expected, true]);
    expect(lines.join("")).toContain('"msg":"boom"');
  }
});

test("being aborted is not a failure", async () => {
  const { signals, options } = harness();
  const code = await runUntilSignal(async ({ signal }) => {
    signals.emit("SIGINT", "SIGINT");
    signal.throwIfAborted();
  }, options);
  expect(code).toBe(0);
});

test("a closer that fails or hangs does not keep the others from closing", async () => {
  const { lines, options } = harness();
  let isClosed = false;
  const code = await runUntilSignal(async ({ onClose }) => {
    onClose("store", async () => {
      isClosed = true;
    });
    onClose("hanging", () => new Promise(() => {}));
    onClose("failing", async () => {
      throw new Error("no");
    });
  }, options);
  expect([code, isClosed]).toEqual([1, true]);
  expect(lines.join("")).toContain("closing hanging failed: not closed after 20 ms");
  expect(lines.join("")).toContain("closing failing failed: no");
});
