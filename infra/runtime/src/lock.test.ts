import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockDirectory } from "./lock.ts";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "bellwether-lock-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function writeLock(holder: { pid: number; host?: string; startTicks?: string | null }): Promise<void> {
  await writeFile(join(dir, "LOCK"), JSON.stringify({ host: hostname(), startTicks: null, since: "2026-01-01T00:00:00.000Z", ...holder }));
}

test("a directory has one owner until it is released", async () => {
  const lock = await lockDirectory(dir);
  await expect(lockDirectory(dir)).rejects.toMatchObject({
    code: "home_locked",
    message: expect.stringContaining(`process ${process.pid}`),
  });
  await lock.release();
  await (await lockDirectory(dir)).release();
  expect(await readdir(dir)).toEqual([]);
});

test("a living process of this host keeps its lock", async () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  await once(child, "spawn");
  await writeLock({ pid: child.pid ?? 0 });
  await expect(lockDirectory(dir)).rejects.toMatchObject({ code: "home_locked", message: expect.stringContaining(`process ${child.pid}`) });
  child.kill("SIGKILL");
  await once(child, "exit");
  await (await lockDirectory(dir)).release();
});

test.runIf(process.platform === "linux")("a process id that is used again does not count as the holder", async () => {
  await writeLock({ pid: process.pid, startTicks: "1" });
  await (await lockDirectory(dir)).release();
});

test("an unreadable lock is taken over", async () => {
  await writeFile(join(dir, "LOCK"), "");
  await lockDirectory(dir);
  expect(JSON.parse(await readFile(join(dir, "LOCK"), "utf8"))).toMatchObject({ pid: process.pid });
});

test("a lock of another host is respected and says how to remove it", async () => {
  await writeLock({ pid: 1, host: "elsewhere" });
  await expect(lockDirectory(dir)).rejects.toMatchObject({
    code: "home_locked",
    message: expect.stringMatching(/on host elsewhere.*delete/),
  });
});

test("of many that try at once after a crash, one gets it", async () => {
  for (let round = 0; round < 20; round++) {
    await writeLock({ pid: process.pid, startTicks: "1" });
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockDirectory(dir)));
    const winners = results.filter(({ status }) => status === "fulfilled");
    if (process.platform === "linux") expect(winners).toHaveLength(1);
    await rm(join(dir, "LOCK"), { force: true });
  }
});
