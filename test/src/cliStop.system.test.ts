import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFleet } from "@bellwether/simulator/fleet";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { jsonLines, runCli, startCli } from "./support/runCli.ts";
import { writeSmallRecording } from "./support/smallRecording.ts";

/** Ctrl-C in the middle of things, and what the next start makes of it. */

const dir = mkdtempSync(join(tmpdir(), "bellwether-stop-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const stateSchema = z.object({ seed: z.number(), vehicles: z.number(), days: z.number(), startMs: z.number(), nextDay: z.number() });

describe("Ctrl-C", () => {
  it("stops a replay in the middle; the same command again gives what an undisturbed one gives", async () => {
    const { csv, map } = writeSmallRecording(dir, 30_000);
    const home = join(dir, "replay");
    const args = ["replay", csv, "--map", map, "--vin", "SMALL-2", "--home", home, "--json"];
    const stopped = startCli(args, { env: { LOG_LEVEL: "debug" } });
    await stopped.printed("landed a block");
    const { code, stdout, stderr } = await stopped.interrupt();
    expect(stderr).toMatch(/bellwether replay: stopped after \d+ rows; the same command again plays all of them\n$/);
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    const again = await runCli(args);
    expect(again).toMatchObject({ code: 0, stderr: "" });
    expect(jsonLines(again.stdout)).toEqual([expect.objectContaining({ findings: 1, alerts: 1, owner_messages: 1, leads: 1 })]);
    const findings = await runCli(["findings", "--home", home, "--json"]);
    expect(jsonLines(findings.stdout)).toEqual([expect.objectContaining({ first_seen: "2026-05-04T00:50:30.000Z", cell: null })]);
  });

  it("stops the demo in its history; a second start goes on there and sends every frame once", async () => {
    const home = join(dir, "demo");
    const demo = startCli(["demo", "--vehicles", "6", "--days", "6", "--home", home]);
    await demo.printed("% of days of history");
    expect((await demo.interrupt()).code).toBe(0);
    const file = join(home, "demo.json");
    const halfway = stateSchema.parse(JSON.parse(readFileSync(file, "utf8")));
    expect(halfway.nextDay).toBeGreaterThan(0);
    const second = await runCli(["demo", "--once", "--home", home]);
    expect(second.stdout).toMatch(/Going on with the 6 cars of .*found \d+, missed \d+/s);
    expect(second.code).toBe(0);
    const { nextDay, ...settings } = stateSchema.parse(JSON.parse(readFileSync(file, "utf8")));
    const fleet = createFleet(settings);
    let frames = 0;
    for (let day = 0; day < nextDay; day++) frames += [...fleet.framesOfDay(day)].length;
    const doctor = jsonLines((await runCli(["doctor", "--home", home, "--json"])).stdout);
    expect(doctor).toContainEqual({ part: "log", state: "ok", detail: `embedded, ${frames} records on bellwether.frames` });
    expect(doctor).toContainEqual({ part: "lag", state: "ok", detail: "0 records of bellwether.frames have not landed" });
  });
});
