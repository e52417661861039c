import { expect, test } from "vitest";
import { within } from "./within.ts";

const never = () => new Promise<string>(() => {});
const tooLate = () => new Error("expected an answer, got none");

test("gives what the work gives, be it a value or an error", async () => {
  await expect(within(10_000, Promise.resolve("done"), tooLate)).resolves.toBe("done");
  await expect(within(10_000, Promise.reject(new Error("broken")), tooLate)).rejects.toThrow("broken");
});

test("rejects when the work takes too long, and drops what comes of it later", async () => {
  await expect(within(1, never(), tooLate)).rejects.toThrow("expected an answer, got none");
  let fail = (_: Error) => {};
  const late = new Promise<string>((_, reject) => {
    fail = reject;
  });
  await expect(within(1, late, tooLate)).rejects.toThrow("got none");
  fail(new Error("nobody listens"));
  await new Promise((resolve) => setImmediate(resolve));
});
