import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { jsonLines, runCli } from "./support/runCli.ts";

/** What needs no data: decoding, usage, configuration, servers that do not answer. */

const VECTORS = fileURLToPath(new URL("../../../shared/vectors/gb32960_vectors_public.json", import.meta.url));
const vectorSchema = z.array(
  z.object({
    name: z.string(),
    hex: z.string(),
    expected: z.record(z.string(), z.unknown()),
    stream_hex: z.string().optional(),
    expected_second: z.record(z.string(), z.unknown()).optional(),
  }),
);

const home = mkdtempSync(join(tmpdir(), "bellwether-cli-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** One line on standard error that says what was expected and what came, and no stack trace. */
const ONE_LINE = /^bellwether [a-z ]+: .*expected .*, got.* \[[a-z_]+\]\n$/;

describe.skipIf(!existsSync(VECTORS))("bellwether decode --raw (skipped without ../shared/vectors)", () => {
  const vectors = existsSync(VECTORS) ? vectorSchema.parse(JSON.parse(readFileSync(VECTORS, "utf8"))) : [];
  const good = vectors.filter(({ expected }) => expected.bcc_ok === true);

  it("prints every vector exactly as expected, and says why a frame is none", async () => {
    const { code, stdout, stderr } = await runCli(["decode", "--raw", ...vectors.map(({ hex }) => hex)]);
    const printed = jsonLines(stdout);
    expect(printed).toHaveLength(vectors.length);
    vectors.forEach(({ name, expected }, i) => {
      expect(printed[i], name).toEqual(expected);
    });
    expect(stderr).toBe("bellwether decode: expected check byte BB, got BA [bad_checksum]\n");
    expect(code).toBe(3);
  });

  it("finds the frames in a stream with rubbish and a broken frame between, and says what it skipped", async () => {
    const broken = vectors.find(({ expected }) => expected.bcc_ok === false);
    const parts = good.flatMap(({ hex }) => ["232302fe00", hex]);
    const input = Buffer.from([...parts, broken?.hex ?? "", "2424"].join(""), "hex");
    const { code, stdout, stderr } = await runCli(["decode", "--raw"], { input });
    expect(jsonLines(stdout)).toEqual(good.map(({ expected }) => expected));
    expect(stderr.match(/^bellwether decode: \d+ bytes at offset \d+ skipped: expected .*, got .*\]$/gm)).toHaveLength(good.length + 1);
    expect(code).toBe(0);
  });

  it("reads hex lines from standard input, and the second frame of a vector that is a stream", async () => {
    const streams = vectors.filter(({ stream_hex }) => stream_hex !== undefined);
    const input = [...good.slice(0, 2).map(({ hex }) => `A-CAR ${hex}`), ...streams.map(({ stream_hex }) => stream_hex)].join("\r\n");
    const { stdout } = await runCli(["decode", "--raw", "--json"], { input });
    const wanted = streams.flatMap(({ expected, expected_second }) => [expected, expected_second]).filter((frame) => frame !== undefined);
    expect(jsonLines(stdout)).toEqual([...good.slice(0, 2).map(({ expected }) => expected), ...wanted]);
  });
});

describe("usage", () => {
  it.each([
    [["constructor"], /unknown command 'constructor'/],
    [["findings", "--nope"], /unknown option '--nope'/],
    [
      ["demo", "--vehicles", "many", "--days", "1"],
      /2 problems:\n {2}--vehicles: expected .*, got "many"\n {2}--days: expected .*, got "1"/,
    ],
    [["replay", "x.csv", "--vin", "a!b"], /2 problems:\n {2}--map: expected .*, got nothing\n {2}--vin: expected .*, got "a!b"/],
  ])("%j exits 2", async (args, problem) => {
    const { code, stdout, stderr } = await runCli([...args]);
    expect(stderr).toMatch(problem);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  it("explains every command with its exit codes", async () => {
    const { code, stdout } = await runCli(["alerts", "list", "--help"]);
    expect(stdout).toMatch(/Usage: bellwether alerts list .*--json .*--state .*Exit codes:.* 4 {2}another process/s);
    expect(code).toBe(0);
  });

  it("lists all problems of a configuration at once", async () => {
    const env = { KAFKA_BROKERS: "a", CLICKHOUSE_URL: "b", POSTGRES_URL: "mysql://u:secret@h/d", API_PORT: "99999", LOG_LEVEL: "loud" };
    const { code, stderr } = await runCli(["findings", "--home", home], { env });
    expect(stderr).toMatch(/^bellwether findings: the configuration has 5 problems:\n( {2}[A-Z_]+: expected .*, got ".*\n){5}$/);
    expect(stderr).not.toContain("secret");
    expect(code).toBe(2);
  });
});

describe("servers that do not answer", () => {
  const env = { KAFKA_BROKERS: "127.0.0.1:1", CLICKHOUSE_URL: "http://127.0.0.1:1", POSTGRES_URL: "postgres://x:secret@127.0.0.1:1/z" };
  /** The command gives up by itself well before this. */
  const timeoutMs = 30_000;

  it.each([
    ["findings", "KAFKA_BROKERS", "log_unavailable"],
    ["migrate", "CLICKHOUSE_URL", "store_unavailable"],
    ["up", "POSTGRES_URL", "store_unavailable"],
  ] as const)("%s says in one line that %s does not answer", async (command, name, reason) => {
    const { code, stdout, stderr } = await runCli([command, "--home", join(home, command)], { env: { [name]: env[name] }, timeoutMs });
    expect(stderr).toMatch(ONE_LINE);
    expect(stderr).toContain(`[${reason}]`);
    expect(stderr).not.toContain("secret");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });

  it("doctor says so for each of them", async () => {
    const { code, stdout, stderr } = await runCli(["doctor", "--json", "--home", home], { env, timeoutMs });
    const failed = jsonLines(stdout).filter(({ state }) => state === "failed");
    expect(failed.map(({ part }) => part)).toEqual(["log", "clickhouse", "postgres"]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  });
});
