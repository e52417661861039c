import { once } from "node:events";
import { createServer } from "node:https";
import { TLSSocket } from "node:tls";
import { createTestCertificates } from "@bellwether/runtime/log/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore, type StoreTls } from "./open.ts";

const certificates = await createTestCertificates();

describe("ClickHouse over TLS", () => {
  if (certificates === null) {
    it.skip("skipped: no openssl on the path to make certificates with", () => {});
    return;
  }
  const { ca, strangerCa, server: own, client } = certificates;
  /** Says its version to whoever has signed in by certificate, and to nobody else; the store asks for it when it is opened. */
  const server = createServer({ ...own, ca, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    const isKnown = request.socket instanceof TLSSocket && request.socket.authorized;
    response.writeHead(isKnown ? 200 : 403).end(isKnown ? `{"version":"26.1"}\n` : "Code: 516. AUTHENTICATION_FAILED");
  });
  let url = "";
  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    url = `https://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  });
  afterAll(() => void server.close());

  const open = (tls: StoreTls | undefined) =>
    openStore({ kind: "server", url, user: "user", password: "secret", database: "default", ...(tls === undefined ? {} : { tls }) });

  it("is reached with its authority and our certificate", async () => {
    const store = await open({ ca, ...client });
    expect(await store.version()).toBe("26.1");
    await store.close();
  });

  it("refuses us without a certificate", async () => {
    await expect(open({ ca })).rejects.toMatchObject({ code: expect.stringMatching(/^store_/) });
  });

  it("is not trusted with another authority, or with the system's", async () => {
    for (const tls of [{ ca: strangerCa, ...client }, undefined]) {
      await expect(open(tls)).rejects.toMatchObject({ code: "store_unavailable" });
    }
  });

  it("a certificate without its key is a mistake of the configuration, which is said without either", async () => {
    await expect(open({ ca, cert: client.cert })).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.not.stringContaining("BEGIN"),
    });
  });
});
