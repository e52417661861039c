import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createSpool, type Spool } from "./spool.ts";
import { removeTestDir } from "./testing.ts";

let dir: string;
let spool: Spool;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "bellwether-test-spool-"));
  spool = await createSpool(dir);
});
afterEach(async () => {
  await spool.close();
  await removeTestDir(dir);
});

it("gives bodies that are written at the same time a file each", async () => {
  const bodies = Array.from({ length: 50 }, (_, i) => Buffer.from(`body ${i}`));
  const paths = await Promise.all(bodies.map((body) => spool.write([body])));
  expect(new Set(paths).size).toBe(bodies.length);
  expect(await Promise.all(paths.map((path) => readFile(path)))).toEqual(bodies);
});

it("keeps the order of a body's many pieces", async () => {
  const parts = Array.from({ length: 1_300 }, (_, i) => Buffer.from(`piece ${i};`));
  expect(await readFile(await spool.write(parts))).toEqual(Buffer.concat(parts));
});

it("leaves nothing of a longer body in a file that is written again", async () => {
  const long = await spool.write([Buffer.alloc(3 * 1024 ** 2, 1)]);
  await spool.remove(long);
  const [first, second] = await Promise.all([2, 3].map((fill) => spool.write([Buffer.alloc(2 * 1024 ** 2, fill)])));
  expect(first).not.toBe(second);
  expect((await readFile(first ?? "")).equals(Buffer.alloc(2 * 1024 ** 2, 2))).toBe(true);
  expect((await readFile(second ?? "")).equals(Buffer.alloc(2 * 1024 ** 2, 3))).toBe(true);
});
