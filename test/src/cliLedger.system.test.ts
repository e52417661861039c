import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deadLetterSchema, partitionAccountSchema } from "@bellwether/contracts/operations";
import { TOPICS } from "@bellwether/contracts/topics";
import { openLog } from "@bellwether/runtime/log/openLog";
import { afterAll, describe, expect, it } from "vitest";
import { badRecords } from "./support/badRecords.ts";
import { jsonLines, runCli } from "./support/runCli.ts";
import { writeSmallRecording } from "./support/smallRecording.ts";

/** `bellwether ledger` and `bellwether dead-letters` on one home, used in order: records land, are parked, shown, and sent again. */

const dir = mkdtempSync(join(tmpdir(), "bellwether-ledger-"));
const home = join(dir, "home");
const ROWS = 50;
const recording = writeSmallRecording(dir, ROWS);
const { records, reasons } = badRecords();
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const cli = (...args: string[]) => runCli([...args, "--home", home, "--json"]);
const land = () => cli("replay", recording.csv, "--map", recording.map, "--vin", "SMALL-1");
const letters = async (...args: string[]) =>
  jsonLines((await cli("dead-letters", "list", ...args)).stdout).map((line) => deadLetterSchema.parse(line));

async function account() {
  const { code, stdout } = await cli("ledger");
  const partitions = jsonLines(stdout).map((line) => partitionAccountSchema.parse(line));
  const sum = (pick: (one: (typeof partitions)[number]) => number) => partitions.reduce((total, one) => total + pick(one), 0);
  return {
    code,
    partitions,
    records: sum((one) => one.records),
    parked: sum((one) => one.parked),
    accounted: sum((one) => one.landed + one.ignored + one.parked),
  };
}

const total = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((sum, n) => sum + n, 0);
/** The recording's two rows without a time are parked as well, each time it is replayed. */
const parkedPerRecording = 2;

describe("after records that are partly bad", () => {
  it("the ledger's account adds up, per partition, and exits with 0", async () => {
    const log = await openLog({ kind: "embedded", dir: join(home, "log") });
    await log.ensureTopics([{ topic: TOPICS.frames, partitions: 4 }]);
    for (const record of records) await log.sink.send(TOPICS.frames, [record]);
    await log.close();
    expect(await land()).toMatchObject({ code: 0 });
    const { code, partitions, ...sums } = await account();
    expect(code).toBe(0);
    expect(sums).toEqual({ records: records.length + ROWS + 2, parked: total(reasons) + parkedPerRecording, accounted: sums.records });
    for (const { gaps, doubles, unaccounted, lag } of partitions)
      expect({ gaps, doubles, unaccounted, lag }).toEqual({ gaps: 0, doubles: 0, unaccounted: 0, lag: 0 });
  });

  it("the dead letters are listed by reason and time, and shown with their bytes", async () => {
    const all = await letters();
    expect(all).toHaveLength(total(reasons) + parkedPerRecording);
    const [reason = "", count] = Object.entries(reasons).find(([name]) => name !== "bad_time") ?? [];
    expect(await letters("--reason", reason)).toHaveLength(count ?? 0);
    expect(await letters("--since", "2200-01-01")).toEqual([]);
    const [letter] = await letters("--reason", reason);
    const origin = `${letter?.topic}:${letter?.partition}:${letter?.offset}`;
    const shown = await cli("dead-letters", "show", origin);
    expect(deadLetterSchema.parse(JSON.parse(shown.stdout))).toEqual(letter);
    expect(await cli("dead-letters", "show", `${letter?.topic}:0:999999`)).toMatchObject({
      stdout: "",
      stderr: expect.stringMatching(/^bellwether dead-letters show: no dead letter from .*\n$/),
    });
  });

  it("a replay has to say what it wants, sends each letter once, and those that fail again stay one letter each", async () => {
    const refused = await cli("dead-letters", "replay");
    expect(refused).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("expected an origin, --reason, --since or --all"),
    });
    expect(await cli("dead-letters", "replay", "--reason", "nonsense")).toMatchObject({ code: 2, stdout: "" });
    const before = await letters();
    const replayable = before.filter(({ isWhole }) => isWhole).length;
    const report = JSON.parse((await cli("dead-letters", "replay", "--all")).stdout);
    expect(report).toMatchObject({ sent: replayable, alreadyReplayed: 0, inDoubt: 0 });
    expect(await land()).toMatchObject({ code: 0 });
    expect(JSON.parse((await cli("dead-letters", "replay", "--all")).stdout)).toMatchObject({ sent: parkedPerRecording });
    const after = await letters();
    expect(after.filter(({ replays }) => replays === 1)).toHaveLength(replayable + parkedPerRecording);
    expect(after).toHaveLength(before.length + parkedPerRecording);
    const { code, ...sums } = await account();
    expect({ code, accounted: sums.accounted }).toEqual({ code: 0, accounted: sums.records });
  });

  it("a payload is sent under the vehicle it names, and waits for ingest", async () => {
    const lagOf = ({ partitions }: Awaited<ReturnType<typeof account>>) => partitions.reduce((sum, { lag }) => sum + (lag ?? 0), 0);
    const before = await account();
    const heartbeat = "232307fe4838323230363530303030303030303030010000bb";
    expect(JSON.parse((await cli("send", heartbeat)).stdout)).toEqual({ topic: TOPICS.frames, records: 1, withoutKey: 0 });
    expect(lagOf(await account())).toBe(lagOf(before) + 1);
  });
});
