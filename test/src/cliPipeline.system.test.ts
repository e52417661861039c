import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TOPICS } from "@bellwether/contracts/topics";
import { openLog } from "@bellwether/runtime/log/openLog";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { badRecords } from "./support/badRecords.ts";
import { jsonLines, runCli, startCli } from "./support/runCli.ts";
import { writeSmallRecording } from "./support/smallRecording.ts";

/** Recordings and bad records through the real command, and commands beside a running process. One home, used in order. */

const dir = mkdtempSync(join(tmpdir(), "bellwether-pipeline-"));
const home = join(dir, "home");
const ROWS = 400;
const recording = writeSmallRecording(dir, ROWS);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const replay = (file: string, map: string) => runCli(["replay", file, "--map", map, "--vin", "SMALL-1", "--home", home, "--json"]);
const list = async (...args: string[]) => jsonLines((await runCli([...args, "--home", home, "--json"])).stdout);

describe("a recording that is not good", () => {
  it("a map lists everything that is wrong with it, and nothing is written", async () => {
    const { code, stdout, stderr } = await replay(recording.csv, recording.badMap);
    expect(stderr).toMatch(/^bellwether replay: .*bad\.yaml: .*\n$/);
    for (const problem of [
      /colums/,
      /time\.zone: expected .*, got "Mars/,
      /columns\.a\.signal: expected .*, got "notA/,
      /columns\.b\.unit/,
    ]) {
      expect(stderr).toMatch(problem);
    }
    expect(stderr).toMatch(/lists\.0\.pattern: expected one \{n\}/);
    expect({ code, stdout, isHomeMade: existsSync(home) }).toEqual({ code: 2, stdout: "", isHomeMade: false });
  });

  it("gives its good rows when the gzip ends early, then one line", async () => {
    const { code, stdout, stderr } = await replay(recording.cut, recording.map);
    const rows = Number(/; (\d+) rows before it are good/.exec(stderr)?.[1]);
    expect(stderr).toMatch(/^bellwether replay: .*cut\.csv\.gz: expected a complete gzip file, got one that ends early; .*\n$/);
    expect(rows).toBeGreaterThan(100);
    expect(jsonLines(stdout)).toEqual([expect.objectContaining({ records: rows, landed: rows - 2, rejected: { bad_time: 2 } })]);
    expect(code).toBe(3);
  });

  it("names the columns that a map wants and the file lacks", async () => {
    const { code, stderr } = await replay(recording.csv, recording.mapOfOther);
    expect(stderr).toMatch(
      /^bellwether replay: .*small\.csv: expected column "velocity", "charge", got columns at, speed, volts, soc, alarm \[.*\n$/,
    );
    expect(code).toBe(3);
  });
});

describe("records that are not good", () => {
  it("are parked by reason; the good ones around them and the recording land, once", async () => {
    const { records, goodReports, reasons } = badRecords();
    const log = await openLog({ kind: "embedded", dir: join(home, "log") });
    for (const record of records) await log.sink.send(TOPICS.frames, [record]);
    await log.close();
    const { code, stdout, stderr } = await replay(recording.csv, recording.map);
    const [summary] = jsonLines(stdout);
    expect(summary).toMatchObject({
      vin: "SMALL-1",
      records: records.length + ROWS + 2,
      landed: goodReports + ROWS,
      rejected: { ...reasons, bad_time: (reasons.bad_time ?? 0) + 2 },
      findings: 1,
      alerts: 1,
      owner_messages: 1,
      leads: 1,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it("gives findings, alerts, leads and messages one JSON object per line, with what a reader needs", async () => {
    const [finding] = await list("findings");
    expect(finding).toMatchObject({
      vin: "SMALL-1",
      source: { kind: "rule", id: "maker-alarm-level-2", version: expect.any(Number) },
      component: "vehicle",
      severity: "warning",
      first_seen: expect.stringMatching(/^2026-05-04T/),
      last_seen: expect.stringMatching(/^2026-05-04T/),
      cell: null,
      evidence: expect.objectContaining({ value: 2, threshold: 2 }),
      sentence: expect.stringMatching(/^[A-Z].*\.$/),
    });
    expect(await list("alerts", "list")).toEqual([expect.objectContaining({ vin: "SMALL-1", component: "vehicle" })]);
    expect(await list("leads")).toHaveLength(1);
    expect(await list("notifications")).toEqual([expect.objectContaining({ vin: "SMALL-1", audience: "owner" })]);
    const [health] = await list("health", "SMALL-1");
    expect(health).toMatchObject({ vin: "SMALL-1", evaluation: { weeks: [expect.objectContaining({ week: "2026-05-04" })] } });
    expect(JSON.stringify(health)).toContain('"sourceId":"battery-capacity"');
  });
});

const noteSchema = z.object({ pid: z.number(), address: z.string(), key: z.string() });
const rejectedSchema = z.object({ total: z.number(), latest: z.array(z.object({ detail: z.string() })) });

/** A key made beside the process opens the API until it is revoked. */
async function keysWork(address: string): Promise<void> {
  const [{ key } = { key: "" }] = await list("keys", "create", "--name", "Ana", "--scopes", "read");
  const session = async () => (await fetch(`${address}/v1/session`, { headers: { authorization: `Bearer ${key}` } })).status;
  expect(await session()).toBe(200);
  const id = String(key).split("_")[1] ?? "";
  expect(await list("keys", "revoke", id)).toEqual([{ id, revoked: true }]);
  expect(await session()).toBe(401);
}

describe("beside a running process", () => {
  it("reading commands ask it, writing ones say who holds the home, and what was parked has its reason", async () => {
    const running = startCli(["up", "--home", home, "--json"], { env: { METRICS_PORT: "0" } });
    await running.printed('"running"');
    const note = noteSchema.parse(JSON.parse(readFileSync(join(home, "process.json"), "utf8")));
    expect(note.pid).toBe(running.pid);
    expect(await list("findings", "--vin", "SMALL-1")).toHaveLength(1);
    expect(await list("doctor")).toContainEqual({ part: "lag", state: "ok", detail: "0 records wait in the log" });
    const answer = await fetch(`${note.address}/v1/rejected`, { headers: { authorization: `Bearer ${note.key}` } });
    const { total, latest } = rejectedSchema.parse(await answer.json());
    expect(latest).toHaveLength(total);
    for (const { detail } of latest) expect(detail).toMatch(/^expected [^\n]+$/);
    for (const command of [["migrate"], ["replay", recording.csv, "--map", recording.map, "--vin", "SMALL-1"], ["up"]]) {
      const { code, stdout, stderr } = await runCli([...command, "--home", home]);
      expect(stderr).toMatch(new RegExp(`^bellwether ${command[0]}: .* is held by process ${running.pid} since .*\\[home_locked\\]\\n$`));
      expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    }
    await keysWork(note.address);
    expect(await running.interrupt("SIGTERM")).toMatchObject({ code: 0, stderr: "" });
    expect(existsSync(join(home, "process.json"))).toBe(false);
  });

  it("a note left by a dead process, or by one whose id somebody else has now, stops nobody", async () => {
    const dead = startCli(["decode", "00"]);
    await dead.ended;
    for (const pid of [dead.pid, process.pid]) {
      const note = { pid, address: "http://127.0.0.1:1", key: "none", startedAt: new Date(0).toISOString(), engines: {} };
      writeFileSync(join(home, "process.json"), JSON.stringify(note));
      expect(await list("findings")).toHaveLength(1);
    }
  });
});
