import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";

const FOLDER = new URL("../../../testdata/registry/", import.meta.url);
export const EXAMPLE_AVSC = readFileSync(new URL("telemetry.avsc", FOLDER), "utf8");
export const EXAMPLE_PROTO = readFileSync(new URL("telemetry.proto", FOLDER), "utf8");

const CREDENTIALS = { user: "reader", password: "s3cret" };
const AUTHORIZATION = `Basic ${Buffer.from(`${CREDENTIALS.user}:${CREDENTIALS.password}`).toString("base64")}`;

/** A schema registry: the part of Confluent's REST interface that readers use, with its error codes. */
export class RegistryServer {
  readonly schemas = new Map<number, { schema: string; schemaType?: string; references?: readonly object[] }>();
  /** By `/subjects/{subject}/versions/{version}`. */
  readonly subjects = new Map<string, string>();
  readonly asked: string[] = [];
  /** Answers that are still refused with 503. */
  failuresLeft = 0;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const { status, body } = this.#answer(request.url ?? "", request.headers.authorization);
      response.writeHead(status, { "content-type": "application/vnd.schemaregistry.v1+json" }).end(JSON.stringify(body));
    });
  }

  /** Listens on the loopback interface; resolves with the part of ingest's configuration that names it. */
  async start() {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    return {
      ingestRegistryUrl: `http://127.0.0.1:${port}`,
      ingestRegistryUser: CREDENTIALS.user,
      ingestRegistryPassword: CREDENTIALS.password,
    };
  }

  stop(): void {
    this.#server.close();
  }

  #answer(url: string, authorization: string | undefined): { status: number; body: object } {
    this.asked.push(url);
    if (authorization !== AUTHORIZATION) return { status: 401, body: { error_code: 401 } };
    if (this.failuresLeft > 0) {
      this.failuresLeft--;
      return { status: 503, body: { error_code: 50302 } };
    }
    const id = /^\/schemas\/ids\/(\d+)$/.exec(url)?.[1];
    const found = id === undefined ? this.subjects.get(url) : this.schemas.get(Number(id));
    if (found === undefined) return { status: 404, body: { error_code: 40403, message: "Schema not found" } };
    return { status: 200, body: typeof found === "string" ? { schema: found } : found };
  }
}
