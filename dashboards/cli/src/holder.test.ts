import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Holder, readHolder, removeHolder, writeHolder } from "./holder.ts";

const holder: Holder = {
  pid: process.pid,
  address: "http://127.0.0.1:8080",
  key: "bw_1",
  startedAt: "2026-01-01T00:00:00.000Z",
  engines: { log: "embedded" },
};
/** Above the largest process id Linux gives out. */
const NOBODY = 2 ** 22 + 1;

let home = "";
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "bellwether-holder-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

it("gives back what the living process has written, readable by nobody else", () => {
  writeHolder(join(home, "new"), holder);
  expect(readHolder(join(home, "new"))).toEqual(holder);
  expect(statSync(join(home, "new", "process.json")).mode & 0o777).toBe(0o600);
});

it("is null for a dead process, for rubbish, and where there is none", () => {
  expect(readHolder(home)).toBeNull();
  writeHolder(home, { ...holder, pid: NOBODY });
  expect(readHolder(home)).toBeNull();
  for (const text of ["", "{", '{"pid":1}', "null"]) {
    writeFileSync(join(home, "process.json"), text);
    expect(readHolder(home), text).toBeNull();
  }
});

it("is gone after it was removed; removing it twice is no error", () => {
  writeHolder(home, holder);
  removeHolder(home);
  removeHolder(home);
  expect(readHolder(home)).toBeNull();
});
