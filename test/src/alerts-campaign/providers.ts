import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Server } from "node:net";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { SMTPServer } from "smtp-server";
import { z } from "zod";
import type { Receiver } from "./plan.ts";
import type { ReceiptBook } from "./receipts.ts";

/** Real servers on the loopback interface that take messages and misbehave: busy, silent after taking, cut off after taking. */

export interface Providers {
  readonly httpPort: number;
  readonly smtpPort: number;
  close(): Promise<void>;
}

export interface ProviderOptions {
  readonly book: ReceiptBook;
  readonly random: () => number;
  /** Longer than a sender waits for an answer. */
  readonly silenceMs: number;
  readonly lostAnswers: number;
}

const BUSY_SHARE = 0.02;

export async function startProviders(options: ProviderOptions): Promise<Providers> {
  const http = createServer((request, response) => {
    takePost(request, response, options).catch(() => response.destroy());
  });
  const smtp = createMailServer(options);
  // A sender killed in the middle resets its connection; that is the campaign, not a defect of the server.
  smtp.on("error", () => {});
  const [httpPort, smtpPort] = await Promise.all([listen(http), listen(smtp.server)]);
  return {
    httpPort,
    smtpPort,
    async close() {
      http.closeAllConnections();
      await Promise.all([new Promise((done) => http.close(done)), new Promise<void>((done) => smtp.close(() => done()))]);
    },
  };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("expected a TCP address");
  return address.port;
}

const bodySchema = z.object({ data: z.object({ body: z.string() }) });

async function takePost(request: IncomingMessage, response: ServerResponse, options: ProviderOptions): Promise<void> {
  const { book, random, lostAnswers, silenceMs } = options;
  const text = await readText(request);
  const draw = random();
  if (draw < BUSY_SHARE) {
    response.writeHead(draw < BUSY_SHARE / 2 ? 503 : 429).end();
    return;
  }
  const receiver: Receiver = request.url === "/keeps" ? "keeps" : "ignores";
  const key = String(request.headers["idempotency-key"] ?? "");
  book.take(receiver, key, bodySchema.parse(JSON.parse(text)).data.body);
  const lost = random();
  if (lost < lostAnswers) await delay(silenceMs);
  else if (lost < 2 * lostAnswers) {
    response.destroy();
    return;
  }
  response.writeHead(204).end();
}

async function readText(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

/** Mail: a mailbox `keeps@…` drops a Message-ID it has, `ignores@…` shows all of them. */
function createMailServer({ book, random, silenceMs, lostAnswers }: ProviderOptions): SMTPServer {
  const take = async (stream: Readable, receiver: Receiver): Promise<void> => {
    const lines: string[] = [];
    for await (const line of createInterface({ input: stream })) lines.push(line);
    const key =
      lines
        .find((line) => /^message-id:/i.test(line))
        ?.slice("message-id:".length)
        .trim() ?? "";
    const body = lines.slice(lines.indexOf("") + 1).find((line) => line !== "") ?? "";
    if (random() < BUSY_SHARE) throw Object.assign(new Error("busy, try later"), { responseCode: 451 });
    book.take(receiver, key, body);
    if (random() < lostAnswers) await delay(silenceMs);
  };
  return new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    logger: false,
    onData(stream, session, callback) {
      const [to] = session.envelope.rcptTo;
      take(stream, to?.address.startsWith("keeps@") ? "keeps" : "ignores").then(() => callback(), callback);
    },
  });
}
