import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "@bellwether/runtime/logger";
import { SMTPServer } from "smtp-server";
import { Webhook } from "standardwebhooks";
import { afterEach, describe, expect, test } from "vitest";
import type { Delivery } from "../delivery.ts";
import type { Channel, Outgoing } from "./channel.ts";
import { createEmailChannel } from "./email.ts";
import { createLogChannel } from "./log.ts";
import { isPrivateAddress } from "./privateAddress.ts";
import { createWebhookChannel } from "./webhook.ts";

/** One suite for every channel, against real servers on the loopback. */

const SECRET = `whsec_${Buffer.from("a secret of the tests, 32 bytes!").toString("base64")}`;
const PASSWORD = "p4ssw0rd-of-the-tests";
const logger = createLogger({ service: "test", level: "silent" });

const BEHAVIOURS = ["accepts", "refuses for good", "fails for now", "hangs"] as const;
type Behaviour = (typeof BEHAVIOURS)[number];

/** A channel pointed at a server that behaves in one way. `ids` are the idempotency keys that arrived. */
interface Rig {
  readonly channel: Channel;
  readonly address: string;
  readonly ids: () => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
}

const rigs: Readonly<Record<string, Partial<Record<Behaviour, () => Promise<Rig>>>>> = {
  log: { accepts: logRig, "fails for now": brokenLogRig },
  webhook: {
    accepts: () => webhookRig(204),
    "refuses for good": () => webhookRig(410),
    "fails for now": () => webhookRig(503),
    hangs: () => webhookRig(null),
  },
  email: {
    accepts: () => emailRig(null),
    "refuses for good": () => emailRig(550),
    "fails for now": () => emailRig(451),
    hangs: hangingMailRig,
  },
};

const opened: Rig[] = [];
afterEach(async () => {
  for (const rig of opened.splice(0)) {
    await rig.channel.close();
    await rig.close();
  }
});

const outgoing = (address: string, changes: Partial<Outgoing> = {}): Outgoing => ({
  id: "nt-0123456789",
  alertId: "al-1",
  vin: "LSVAA4182E2000001",
  audience: "owner",
  reason: "first",
  severity: "warning",
  address,
  language: "zh",
  title: "一节电池单体老化偏快",
  body: "您车辆的电池中有一节单体明显弱于其他单体。\n车辆：LSVAA4182E2000001",
  withheldReason: null,
  ...changes,
});

async function send(make: () => Promise<Rig>, limitMs = 5_000): Promise<{ delivery: Delivery; rig: Rig }> {
  const rig = await make();
  opened.push(rig);
  return { delivery: await rig.channel.send(outgoing(rig.address), AbortSignal.timeout(limitMs)), rig };
}

const EXPECTED: Readonly<Record<Behaviour, Partial<Delivery>>> = {
  accepts: { kind: "sent", providerId: expect.stringContaining("nt-0123456789") },
  "refuses for good": { kind: "failed", retryable: false, reason: "rejected" },
  "fails for now": { kind: "failed", retryable: true },
  hangs: { kind: "failed", retryable: true, reason: "timeout" },
};
const cases = Object.entries(rigs).flatMap(([name, rig]) =>
  BEHAVIOURS.flatMap((behaviour) => {
    const make = rig[behaviour];
    return make === undefined ? [] : [{ name, behaviour, make }];
  }),
);

describe.each(cases)("channel $name, the other side $behaviour", ({ behaviour, make }) => {
  test("says what happened, and nothing that is secret", async () => {
    const { delivery, rig } = await send(make, behaviour === "hangs" ? 200 : 5_000);
    expect(delivery).toMatchObject(EXPECTED[behaviour]);
    if (behaviour === "accepts") expect(await rig.ids()).toEqual(["nt-0123456789"]);
    const said = JSON.stringify(delivery);
    for (const secret of [SECRET, PASSWORD, rig.address, "单体"]) expect(said).not.toContain(secret);
  });
});

test("a webhook is signed so that the standard library verifies it, and the signature covers the body", async () => {
  const received: { headers: IncomingHttpHeaders; body: string }[] = [];
  const { rig } = await send(() => webhookRig(200, (headers, body) => received.push({ headers, body })));
  const [call] = received;
  const headers = {
    "webhook-id": String(call?.headers["webhook-id"]),
    "webhook-timestamp": String(call?.headers["webhook-timestamp"]),
    "webhook-signature": String(call?.headers["webhook-signature"]),
  };
  const payload = new Webhook(SECRET).verify(call?.body ?? "", headers);
  expect(payload).toMatchObject({ type: "bellwether.notification", data: { id: "nt-0123456789", vin: "LSVAA4182E2000001" } });
  expect(call?.body).not.toContain(rig.address);
  expect(() => new Webhook(SECRET).verify(`${call?.body} `, headers)).toThrow();
});

test("a webhook does not follow redirects and calls them permanent", async () => {
  const { delivery, rig } = await send(() => webhookRig(302));
  expect(delivery).toMatchObject({ kind: "failed", retryable: false, reason: "redirected" });
  expect(await rig.ids()).toHaveLength(1);
});

test("a webhook that nobody listens to is retryable", async () => {
  const rig = await webhookRig(200);
  await rig.close();
  const delivery = await rig.channel.send(outgoing(rig.address), AbortSignal.timeout(5_000));
  expect(delivery).toMatchObject({ kind: "failed", retryable: true, reason: "unreachable" });
});

test("a webhook refuses private addresses, by number and by name, and addresses that are none", async () => {
  const rig = await webhookRig(200);
  opened.push(rig);
  const channel = createWebhookChannel({ secret: SECRET, mayCallPrivate: false, now: Date.now });
  const port = new URL(rig.address).port;
  for (const host of ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0x7f.1", "169.254.169.254", "10.0.0.1"]) {
    const delivery = await channel.send(outgoing(`http://${host}:${port}/`), AbortSignal.timeout(5_000));
    expect(delivery, host).toMatchObject({ kind: "failed", retryable: false, reason: "address_forbidden" });
  }
  for (const address of ["", "ftp://example.org/", "http://user:pw@example.org/", "not a url"]) {
    const delivery = await channel.send(outgoing(address), AbortSignal.timeout(5_000));
    expect(delivery, address).toMatchObject({ kind: "failed", retryable: false, reason: "address_invalid" });
  }
  expect(await rig.ids()).toEqual([]);
});

test("an e-mail carries title and body in full, in Chinese, to one recipient only", async () => {
  let mail = "";
  await send(() => emailRig(null, (text) => (mail = text)));
  expect(mail).toContain("X-Idempotency-Key: nt-0123456789");
  expect(mail).toContain("Content-Language: zh");
  const rig = await emailRig(null);
  opened.push(rig);
  for (const address of ["a@example.org, b@example.org", "a@example.org\r\nBcc: b@example.org", "<a@example.org>", ""]) {
    expect(await rig.channel.send(outgoing(address), AbortSignal.timeout(5_000))).toMatchObject({
      retryable: false,
      reason: "address_invalid",
    });
  }
  expect(await rig.ids()).toEqual([]);
});

test.each([
  ["8.8.8.8", false],
  ["2606:4700::1111", false],
  ["192.168.1.1", true],
  ["172.31.255.255", true],
  ["172.32.0.1", false],
  ["100.64.0.1", true],
  ["fd00::1", true],
  ["fe80::1", true],
  ["::ffff:10.0.0.1", true],
  ["64:ff9b::a00:1", true],
  ["not an ip", true],
])("%s is private: %s", (ip, expected) => {
  expect(isPrivateAddress(ip)).toBe(expected);
});

async function logRig(): Promise<Rig> {
  const dir = await mkdtemp(join(tmpdir(), "bellwether-test-log-"));
  const file = join(dir, "sent.jsonl");
  const lines = async () => (await readFile(file, "utf8")).trim().split("\n");
  return {
    channel: createLogChannel({ file, logger }),
    address: "operator-address",
    ids: async () => (await lines()).map((line) => JSON.parse(line).id),
    close: () => rm(dir, { recursive: true }),
  };
}

async function brokenLogRig(): Promise<Rig> {
  const channel = createLogChannel({ file: join(tmpdir(), "bellwether-test-no-such-dir", "sent.jsonl"), logger });
  return { channel, address: "operator-address", ids: async () => [], close: async () => {} };
}

/** Answers every request with a status; null: never. */
async function webhookRig(status: number | null, onCall?: (headers: IncomingHttpHeaders, body: string) => void): Promise<Rig> {
  const ids: string[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    ids.push(String(request.headers["idempotency-key"]));
    onCall?.(request.headers, body);
    if (status !== null) response.writeHead(status, { location: "http://127.0.0.1:1/" }).end("an answer nobody reads");
  });
  const port = await listen(server);
  const channel = createWebhookChannel({ secret: SECRET, mayCallPrivate: true, now: Date.now });
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { channel, address: `http://127.0.0.1:${port}/hook?token=${PASSWORD}`, ids: async () => ids, close };
}

/** A mail server that answers the message with a code; null: takes it. */
async function emailRig(code: number | null, onMail?: (mail: string) => void): Promise<Rig> {
  const ids: string[] = [];
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    allowInsecureAuth: true,
    authOptional: true,
    logger: false,
    onAuth: ({ username }, _, done) => done(null, { user: username ?? "" }),
    onData(stream, _, done) {
      let mail = "";
      stream.on("data", (chunk) => (mail += String(chunk)));
      stream.on("end", () => {
        onMail?.(mail);
        if (code !== null) return done(Object.assign(new Error(`refused ${PASSWORD}`), { responseCode: code }));
        ids.push(/^X-Idempotency-Key: (\S+)/m.exec(mail)?.[1] ?? "none");
        done();
      });
    },
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", () => done()));
  const address: AddressInfo | string | null = server.server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const close = () => new Promise<void>((done) => server.close(() => done()));
  return { channel: mailChannel(port), address: "owner@example.org", ids: async () => ids, close };
}

/** A mail server that takes the connection and says nothing. */
async function hangingMailRig(): Promise<Rig> {
  const server = createTcpServer();
  const sockets: { destroy: () => void }[] = [];
  server.on("connection", (socket) => sockets.push(socket));
  const port = await listen(server);
  const close = () =>
    new Promise<void>((done) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => done());
    });
  return { channel: mailChannel(port), address: "owner@example.org", ids: async () => [], close };
}

function mailChannel(port: number): Channel {
  const auth = { user: "bellwether", password: PASSWORD };
  return createEmailChannel({ host: "127.0.0.1", port, isTls: false, auth, from: "bellwether@example.org", timeoutMs: 1_000 });
}

function listen(server: Pick<Server, "listen" | "address">): Promise<number> {
  return new Promise((done) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      done(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}
