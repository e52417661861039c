import { once } from "node:events";
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { postSigned } from "./webhook.ts";

const secretOf = (text: string) => `whsec_${Buffer.from(text.padEnd(32, ".")).toString("base64")}`;

test("while a secret is being changed, receivers with the old and with the new one both accept", async () => {
  const calls: { headers: Record<string, string>; body: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      calls.push({ headers, body: Buffer.concat(chunks).toString("utf8") });
      response.writeHead(204).end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const [now, before] = [secretOf("new"), secretOf("old")];
  const event = { address: `http://127.0.0.1:${port}/`, id: "nt-1", type: "t", data: { a: 1 }, signal: AbortSignal.timeout(5000) };
  const delivery = await postSigned(event, { secret: now, previousSecret: before, mayCallPrivate: true, now: Date.now });
  expect(delivery.kind).toBe("sent");
  const [call] = calls;
  for (const secret of [now, before]) {
    expect(new Webhook(secret).verify(call?.body ?? "", call?.headers ?? {})).toMatchObject({ data: { a: 1 } });
  }
  expect(() => new Webhook(secretOf("other")).verify(call?.body ?? "", call?.headers ?? {})).toThrow();
  server.close();
});
