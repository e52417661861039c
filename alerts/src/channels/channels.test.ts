import { createECDH, createHmac } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RecordSink } from "@bellwether/runtime/log/records";
import { createLogger } from "@bellwether/runtime/logger";
import { SMTPServer } from "smtp-server";
import { Webhook } from "standardwebhooks";
import { afterEach, describe, expect, test } from "vitest";
import webPush from "web-push";
import type { Delivery } from "../delivery/delivery.ts";
import type { Channel, Outgoing } from "./channel.ts";
import { createDingTalkChannel, signDingTalk } from "./dingtalk.ts";
import { createEmailChannel } from "./email.ts";
import { createFeishuChannel, signFeishu } from "./feishu.ts";
import { createLogChannel } from "./log.ts";
import { isPrivateAddress } from "./privateAddress.ts";
import { createPushChannel } from "./push.ts";
import { createSmsChannel } from "./sms.ts";
import { createWebhookChannel } from "./webhook.ts";
import { createWebPushChannel } from "./webPush.ts";
import { createWeComChannel } from "./wecom.ts";

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

const BY_STATUS: Readonly<Record<Behaviour, readonly [number | null, string]>> = {
  accepts: [201, ""],
  "refuses for good": [410, ""],
  "fails for now": [503, ""],
  hangs: [null, ""],
};

const VAPID = webPush.generateVAPIDKeys();
const browser = createECDH("prime256v1");
const subscription = { keys: { p256dh: browser.generateKeys("base64url"), auth: Buffer.from("sixteen bytes it").toString("base64url") } };
const SMS_BODY = '{"phone":"{{to}}","message":"{{text}}","ref":"{{id}}"}';

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
  webpush: httpRigs((server) => ({
    channel: createWebPushChannel({ ...VAPID, subject: "mailto:test@example.org", mayCallPrivate: true }),
    address: JSON.stringify({ ...subscription, endpoint: `${server}/push/${PASSWORD}` }),
  })),
  sms: httpRigs((server) => ({
    channel: createSmsChannel({
      url: `${server}/sms?to={{to}}`,
      body: SMS_BODY,
      headers: { authorization: PASSWORD },
      mayCallPrivate: true,
    }),
    address: "+8613800000000",
  })),
  dingtalk: robotRigs(createDingTalkChannel, "errcode", 300_001, 130_101),
  feishu: robotRigs(createFeishuChannel, "code", 19_021, 11_232),
  wecom: robotRigs(createWeComChannel, "errcode", 93_000, 45_009),
  push: { accepts: () => pushRig(true), "fails for now": () => pushRig(false), hangs: () => pushRig(null) },
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
/** Channels whose other side gets the idempotency key; a browser gets a topic made of it, a robot knows none. */
const KEYED = ["log", "webhook", "email", "sms", "push"];
const cases = Object.entries(rigs).flatMap(([name, rig]) =>
  BEHAVIOURS.flatMap((behaviour) => {
    const make = rig[behaviour];
    return make === undefined ? [] : [{ name, behaviour, make }];
  }),
);

describe.each(cases)("channel $name, the other side $behaviour", ({ name, behaviour, make }) => {
  test("says what happened, and nothing that is secret", async () => {
    const { delivery, rig } = await send(make, behaviour === "hangs" ? 200 : 5_000);
    expect(delivery).toMatchObject(EXPECTED[behaviour]);
    if (behaviour === "accepts") expect(await rig.ids()).toHaveLength(1);
    if (behaviour === "accepts" && KEYED.includes(name)) expect(await rig.ids()).toEqual(["nt-0123456789"]);
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

test("a browser message is encrypted and signed for the push service", async () => {
  const calls: { headers: IncomingHttpHeaders; body: string }[] = [];
  const server = await httpServer(201, "", (headers, body) => calls.push({ headers, body }));
  opened.push({ ...server, channel: createLogChannel({ file: null, logger }), address: "", ids: async () => [] });
  const channel = createWebPushChannel({ ...VAPID, subject: "mailto:test@example.org", mayCallPrivate: true });
  const address = JSON.stringify({ ...subscription, endpoint: `${server.url}/push` });
  expect(await channel.send(outgoing(address), AbortSignal.timeout(5_000))).toMatchObject({ kind: "sent" });
  const [call] = calls;
  expect(call?.headers).toMatchObject({ "content-encoding": "aes128gcm", ttl: "259200", urgency: "normal" });
  expect(call?.headers.authorization).toMatch(/^vapid t=[\w-]+\.[\w-]+\.[\w-]+, k=/);
  expect(call?.body).not.toContain("单体");
  for (const bad of ["", "{}", JSON.stringify({ endpoint: server.url, keys: { p256dh: "x".repeat(88), auth: "y".repeat(22) } })]) {
    expect(await channel.send(outgoing(bad), AbortSignal.timeout(5_000))).toMatchObject({ retryable: false, reason: "address_invalid" });
  }
});

test("a text message fills its templates, each value escaped for its place and never read again", async () => {
  const calls: { body: string; path: string }[] = [];
  const server = await httpServer(200, "", (_, body, path) => calls.push({ body, path }));
  opened.push({ ...server, channel: createLogChannel({ file: null, logger }), address: "", ids: async () => [] });
  const text = 'a "quote" and {{to}}\nand more';
  const json = createSmsChannel({ url: `${server.url}/v?n={{to}}`, body: SMS_BODY, headers: {}, mayCallPrivate: true });
  await json.send(outgoing("+4915112345678", { title: "T", body: text }), AbortSignal.timeout(5_000));
  const form = createSmsChannel({ url: server.url, body: "to={{to}}&text={{text}}", headers: {}, mayCallPrivate: true });
  await form.send(outgoing("+4915112345678", { title: "T", body: text }), AbortSignal.timeout(5_000));
  expect(calls[0]?.path).toBe("/v?n=%2B4915112345678");
  expect(JSON.parse(calls[0]?.body ?? "")).toEqual({ phone: "+4915112345678", message: `T\n${text}`, ref: "nt-0123456789" });
  expect(new URLSearchParams(calls[1]?.body).get("text")).toBe(`T\n${text}`);
  for (const bad of ["", "12345", "+49 151", "+0123456789", "+4915112345678\n+1"]) {
    expect(await json.send(outgoing(bad), AbortSignal.timeout(5_000))).toMatchObject({ retryable: false, reason: "address_invalid" });
  }
});

test("robots are signed as their makers say", async () => {
  // DingTalk: the secret is the key. Feishu: the key is what DingTalk signs, and the text is empty.
  expect(signDingTalk("1700000000000", "SECabc")).toBe(hmac("SECabc", "1700000000000\nSECabc"));
  expect(signFeishu("1700000000", "abc")).toBe(hmac("1700000000\nabc", ""));
  const calls: { body: string; path: string }[] = [];
  const server = await httpServer(200, '{"errcode":0}', (_, body, path) => calls.push({ body, path }));
  opened.push({ ...server, channel: createLogChannel({ file: null, logger }), address: "", ids: async () => [] });
  const now = () => 1_700_000_000_123;
  const send = (make: typeof createDingTalkChannel) =>
    make({ mayCallPrivate: true, now }).send(outgoing(`${server.url}/hook?access_token=t#SECabc`), AbortSignal.timeout(5_000));
  for (const make of [createDingTalkChannel, createFeishuChannel, createWeComChannel]) await send(make);
  const query = new URL(calls[0]?.path ?? "", server.url).searchParams;
  expect([query.get("timestamp"), query.get("sign")]).toEqual(["1700000000123", signDingTalk("1700000000123", "SECabc")]);
  expect(JSON.parse(calls[1]?.body ?? "")).toMatchObject({
    timestamp: "1700000000",
    sign: signFeishu("1700000000", "SECabc"),
    msg_type: "text",
  });
  expect(JSON.parse(calls[2]?.body ?? "")).toMatchObject({ msgtype: "text" });
  for (const { path } of calls) expect(path).not.toContain("SECabc");
});

test("every channel over HTTP refuses private addresses, and rubbish from a robot is not a success", async () => {
  const server = await httpServer(200, "<html>proxy</html>");
  opened.push({ ...server, channel: createLogChannel({ file: null, logger }), address: "", ids: async () => [] });
  const guard = { mayCallPrivate: false, now: Date.now };
  const closed: readonly (readonly [Channel, string])[] = [
    [createDingTalkChannel(guard), server.url],
    [createFeishuChannel(guard), server.url],
    [createWeComChannel(guard), server.url],
    [createSmsChannel({ url: server.url, body: SMS_BODY, headers: {}, mayCallPrivate: false }), "+8613800000000"],
    [
      createWebPushChannel({ ...VAPID, subject: "mailto:a@b.example", mayCallPrivate: false }),
      JSON.stringify({ ...subscription, endpoint: "http://169.254.169.254/latest" }),
    ],
  ];
  for (const [channel, address] of closed) {
    expect(await channel.send(outgoing(address), AbortSignal.timeout(5_000))).toMatchObject({ reason: "address_forbidden" });
  }
  const open = createDingTalkChannel({ mayCallPrivate: true, now: Date.now });
  expect(await open.send(outgoing(server.url), AbortSignal.timeout(5_000))).toMatchObject({ retryable: true, reason: "unavailable" });
});

function hmac(key: string, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64");
}

interface TestServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Answers every request with a status and a text; null: never. */
async function httpServer(
  status: number | null,
  text: string,
  onCall?: (headers: IncomingHttpHeaders, body: string, path: string) => void,
): Promise<TestServer> {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    onCall?.(request.headers, body, request.url ?? "");
    if (status !== null) response.writeHead(status).end(text);
  });
  const port = await listen(server);
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, close };
}

type Made = Pick<Rig, "channel" | "address">;

function httpRigs(make: (server: string) => Made, answers: Readonly<Record<Behaviour, readonly [number | null, string]>> = BY_STATUS) {
  const rig = (behaviour: Behaviour) => async (): Promise<Rig> => {
    const ids: string[] = [];
    const [status, text] = answers[behaviour];
    const server = await httpServer(status, text, (headers) => ids.push(String(headers["idempotency-key"])));
    return { ...make(server.url), ids: async () => ids, close: server.close };
  };
  return Object.fromEntries(BEHAVIOURS.map((behaviour) => [behaviour, rig(behaviour)]));
}

/** A robot says in the body what it thinks; the status is 200 all the same. */
function robotRigs(create: typeof createDingTalkChannel, field: string, refused: number, busy: number) {
  const answer = (code: number) => [200, JSON.stringify({ [field]: code, msg: PASSWORD })] as const;
  return httpRigs(
    (server) => ({ channel: create({ mayCallPrivate: true, now: Date.now }), address: `${server}/robot?key=${PASSWORD}#${SECRET}` }),
    { accepts: answer(0), "refuses for good": answer(refused), "fails for now": answer(busy), hangs: [null, ""] },
  );
}

/** A log that takes records, fails, or (null) never answers. */
async function pushRig(isUp: boolean | null): Promise<Rig> {
  const ids: string[] = [];
  const sink: RecordSink = {
    send: async (_, records) => {
      if (isUp === null) await new Promise(() => {});
      if (isUp === false) throw Object.assign(new Error("no broker"), { code: "ECONNREFUSED" });
      ids.push(...records.map(({ headers }) => String(headers?.["bw-notification-id"])));
    },
  };
  return { channel: createPushChannel({ sink, topic: "push" }), address: "account-17", ids: async () => ids, close: async () => {} };
}

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
