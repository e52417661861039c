import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FLEET_START_MS, fleetVin, seedWorkbenchFleet } from "@bellwether/alerts/testing/workbenchFleet";
import { DEFAULT_RULES_DIR } from "@bellwether/analytics/catalogue";
import { migrate } from "@bellwether/clickhouse/migrate";
import { openStore } from "@bellwether/clickhouse/open";
import { TOPICS } from "@bellwether/contracts/topics";
import { openLog } from "@bellwether/runtime/log/openLog";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { jsonLines, runCli, startCli } from "./support/runCli.ts";

/** The workbench's commands on a small fleet whose truth is known, with the home free and beside the process that holds it; in order. */

const dir = mkdtempSync(join(tmpdir(), "bellwether-cli-workbench-"));
const home = join(dir, "home");
const rules = join(dir, "rules");
const env = { ANALYTICS_RULES_DIR: rules };
const DAY_MS = 86_400_000;
/** 60 cars, 84 days, 6 reports a day. */
const FLEET_ROWS = 60 * 84 * 6;
const day = (n: number) => new Date(FLEET_START_MS + n * DAY_MS).toISOString().slice(0, 10);
const WINDOW = ["--from", day(0), "--to", day(84)];
const GATE = ["--min-faults", "20", "--min-weeks", "8"];

const cli = (...args: string[]) => runCli([...args, "--home", home], { env });
const json = async (...args: string[]) => {
  const { code, stdout, stderr } = await cli(...args, "--json");
  expect(stderr).toBe("");
  const [line] = jsonLines(stdout);
  return { code, line };
};

const estimate = z.object({ value: z.number().nullable() });
const reportSchema = z.object({
  score: z.object({ firings: z.number(), found: z.number(), missed: z.number(), precision: estimate, recall: estimate }),
  sweep: z.object({ points: z.array(z.object({ firings: z.number() })), best: z.number().nullable() }).nullable(),
  provenance: z.object({ resultHash: z.string(), snapshot: z.array(z.unknown()) }),
});
const comparisonSchema = z.object({
  agreed: z.array(z.unknown()),
  onlyA: z.array(z.unknown()),
  onlyB: z.array(z.unknown()),
  gate: z.object({ isPassed: z.boolean(), checks: z.array(z.object({ name: z.string(), isPassed: z.boolean() })) }),
});
const auditSchema = z.object({
  action: z.string(),
  actor: z.string(),
  ruleId: z.string(),
  from: z.string(),
  to: z.string(),
  reason: z.string(),
});

const audit = () =>
  jsonLines(readFileSync(join(rules, "audit.jsonl"), "utf8")).map((line) => {
    const { action, ruleId, from, to } = auditSchema.parse(line);
    return `${action} ${ruleId} ${from} -> ${to}`;
  });
const backtest = async (...args: string[]) => reportSchema.parse((await json("backtest", "cell-under-voltage", ...WINDOW, ...args)).line);

/** A log as long as what has landed from it, or ingest would refuse to start beside the table. */
async function fillLog(): Promise<void> {
  const log = await openLog({ kind: "embedded", dir: join(home, "log") });
  await log.ensureTopics([{ topic: TOPICS.frames, partitions: 1 }]);
  const record = { key: "landed", value: Buffer.from("landed already") };
  await log.sink.send(
    TOPICS.frames,
    Array.from({ length: FLEET_ROWS }, () => record),
  );
  await log.close();
}

beforeAll(async () => {
  await cp(DEFAULT_RULES_DIR, rules, { recursive: true });
  const champion = await readFile(join(rules, "cell-under-voltage.yaml"), "utf8");
  const challenger = champion
    .replace("id: cell-under-voltage", "id: cell-low\nchallenges: cell-under-voltage")
    .replace("status: live", "status: draft")
    .replace("default: 2.7", "default: 3.0");
  writeFileSync(join(rules, "cell-low.yaml"), challenger);
  const store = await openStore({ kind: "embedded", dir: join(home, "clickhouse") });
  await migrate(store);
  await seedWorkbenchFleet(store);
  await store.close();
  await fillLog();
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe("the workbench's commands on a free home", () => {
  it("a back-test writes one HTML file that needs nothing else, with a plot of each curve", async () => {
    const file = join(dir, "report.html");
    const report = await backtest("--sweep", "limit_v=2.5:3.0:11", "--report", file);
    expect(report.score).toMatchObject({ firings: 14, found: 14, missed: 26, precision: { value: 1 }, recall: { value: 0.35 } });
    expect(report.sweep?.points.map(({ firings }) => firings).at(-1)).toBe(40);
    const html = readFileSync(file, "utf8");
    expect(html).not.toMatch(/<script|<link|src=|url\(|@import|href="http/);
    expect(html.match(/<svg/g)?.length).toBeGreaterThanOrEqual(4);
    expect(html).toContain(report.provenance.resultHash);
  });

  it("compare tells who fired where, and the gate refuses with its reasons or lets through", async () => {
    const small = await json("compare", "cell-under-voltage", "cell-low", ...WINDOW, "--min-faults", "500");
    const refused = comparisonSchema.parse(small.line);
    expect(small.code).toBe(1);
    expect(refused.gate.checks.filter(({ isPassed }) => !isPassed)).toEqual([expect.objectContaining({ name: "enough faults" })]);
    const large = await json("compare", "cell-under-voltage", "cell-low", ...WINDOW, ...GATE);
    const { agreed, onlyA, onlyB, gate } = comparisonSchema.parse(large.line);
    expect({ code: large.code, agreed: agreed.length, onlyA: onlyA.length, onlyB: onlyB.length }).toEqual({
      code: 0,
      agreed: 14,
      onlyA: 0,
      onlyB: 26,
    });
    expect(gate.isPassed).toBe(true);
  });

  it("promotes draft to shadow to live through the gate, takes back, and each step is in the audit", async () => {
    const step = (verb: string, ...args: string[]) => cli("rules", verb, "cell-low", "--reason", "earlier", "--actor", "Ana", ...args);
    expect(await step("promote")).toMatchObject({ code: 0, stdout: "cell-low: draft -> shadow\n" });
    const refused = await step("promote", ...WINDOW, "--min-faults", "500");
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toMatch(
      /refused: the gate refuses: enough faults: 40 confirmed faults in the window, at least 500 needed \[config_invalid\]\n$/,
    );
    expect(await step("promote", ...WINDOW, ...GATE)).toMatchObject({
      code: 0,
      stdout: "cell-low: shadow -> live\ncell-under-voltage: live -> retired\n",
    });
    expect(readFileSync(join(rules, "cell-under-voltage.yaml"), "utf8")).toContain("status: retired");
    expect(readFileSync(join(rules, "cell-low.yaml"), "utf8")).toMatch(/evidence:\n {2}chosenOn: .*\n {2}chosenBy: Ana/);
    expect(await step("rollback")).toMatchObject({
      code: 0,
      stdout: "cell-under-voltage: retired -> live\ncell-low: live -> retired\n",
    });
    expect(audit()).toEqual([
      "promote cell-low draft -> shadow",
      "promote cell-low shadow -> live",
      "promote cell-under-voltage live -> retired",
      "rollback cell-under-voltage retired -> live",
      "rollback cell-low live -> retired",
    ]);
  });

  it("exports firings as Parquet, and refuses to write over a file", async () => {
    const file = join(dir, "firings.parquet");
    const { line } = await json("export", "rule_firings", file, ...WINDOW);
    expect(line).toMatchObject({ table: "rule_firings", rows: 16 });
    const bytes = readFileSync(file);
    expect([bytes.subarray(0, 4).toString(), bytes.subarray(-4).toString()]).toEqual(["PAR1", "PAR1"]);
    expect(await cli("export", "rule_firings", file, ...WINDOW)).toMatchObject({ code: 2, stdout: "" });
  });

  it("watches a rule against its budget and says when to stop", async () => {
    const watch = (budget: string) =>
      json("rules", "watch", "cell-under-voltage", "--reference-from", day(0), "--from", day(21), "--to", day(84), "--budget", budget);
    const [within, over] = [await watch("100000"), await watch("100")];
    expect(within).toMatchObject({ code: 0, line: { firings: 16, sequential: expect.objectContaining({}) } });
    expect(over).toMatchObject({ code: 1, line: { sequential: { verdict: "stop: too many" } } });
  });
});

describe("beside the process that holds the home", () => {
  it("the same questions get the same answers from that process, and what it cannot do names it", async () => {
    const alone = await backtest("--sweep", "limit_v=2.5,2.7,3.0");
    const at = `${day(30)}T08:05:00Z`;
    const explainArgs = ["explain", "cell-under-voltage", "--vin", fleetVin(40), "--at", at] as const;
    const explained = await json(...explainArgs);
    const watch = (budget: string) =>
      json("rules", "watch", "cell-under-voltage", "--reference-from", day(0), "--from", day(21), "--to", day(84), "--budget", budget);
    const watched = await watch("100");
    const running = startCli(["up", "--home", home, "--json"], { env });
    await running.printed('"running"');
    expect(await backtest("--sweep", "limit_v=2.5,2.7,3.0")).toMatchObject({ provenance: alone.provenance, score: alone.score });
    expect(await json(...explainArgs)).toEqual(explained);
    const compared = await json("compare", "cell-under-voltage", "cell-low", ...WINDOW, ...GATE);
    expect(comparisonSchema.parse(compared.line).gate.isPassed).toBe(true);
    const exported = await json("export", "labels", join(dir, "labels.parquet"), ...WINDOW);
    expect(exported.line).toMatchObject({ rows: 40 });
    expect(readFileSync(join(dir, "labels.parquet")).subarray(0, 4).toString()).toBe("PAR1");
    expect(await watch("100")).toEqual(watched);
    writeFileSync(join(dir, "alone.json"), JSON.stringify(alone));
    expect(await backtest("--snapshot", join(dir, "alone.json"), "--sweep", "limit_v=2.5,2.7,3.0")).toMatchObject({
      provenance: { resultHash: alone.provenance.resultHash },
    });
    expect(await cli("backtest", "cell-under-voltage", ...WINDOW, "--set", "limit_v=9")).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/expected 1\.8 to 3\.2 V, got 9 \[config_invalid\]\n$/),
    });
    writeFileSync(join(dir, "labels.csv"), `vin,component,outcome,at\nNOBODYSCAR,battery_cell,confirmed,${day(3)}\n`);
    const bare = await cli("backtest", "cell-under-voltage", ...WINDOW, "--labels", join(dir, "labels.csv"), "--json");
    expect(bare.stderr).toBe("labels: nothing is known of NOBODYSCAR; these labels count for nothing\n");
    expect(reportSchema.parse(jsonLines(bare.stdout)[0]).score).toMatchObject({ found: 0, missed: 0 });
    expect((await running.interrupt()).code).toBe(0);
  });

  it("writes the cheapest point of a sweep into the rule, with its evidence", async () => {
    const { code, stdout } = await cli(
      "backtest",
      "cell-under-voltage",
      ...WINDOW,
      "--sweep",
      "limit_v=2.5:3.0:11",
      "--write",
      "--actor",
      "Ana",
    );
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining("version 2 with") });
    const text = readFileSync(join(rules, "cell-under-voltage.yaml"), "utf8");
    expect(text).toMatch(/evidence:[\s\S]*chosenBy: Ana[\s\S]*resultHash: [0-9a-f]{64}/);
    expect(audit().at(-1)).toMatch(/^operating_point cell-under-voltage /);
    expect(await cli("rules", "lint", join(rules, "cell-under-voltage.yaml"))).toMatchObject({ code: 0 });
  });

  it("tells what differs between a detector's file and an earlier copy of it", async () => {
    const earlier = join(dir, "earlier.yaml");
    const text = readFileSync(join(rules, "detectors", "tyre-leak.yaml"), "utf8");
    writeFileSync(earlier, text.replace("soon_days: { default: 21", "soon_days: { default: 14"));
    const { code, stdout } = await cli("rules", "diff", earlier, "tyre-leak", "--json");
    expect({ code, lines: jsonLines(stdout) }).toEqual({
      code: 0,
      lines: [{ field: "parameters.soon_days.default", before: 14, after: 21 }],
    });
  });
});
