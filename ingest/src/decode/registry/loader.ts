import { BellwetherError } from "@bellwether/contracts/errors";
import type { LogRecord } from "@bellwether/runtime/log/records";
import { z } from "zod";
import type { DecodeConfig } from "../decodeConfig.ts";
import { schemaIdOf } from "../registry.ts";
import type { SchemaText } from "./compiled.ts";
import type { Schemas } from "./schemas.ts";

const TIMEOUT_MS = 10_000;
const SCHEMA_BYTES_MAX = 1024 * 1024;
const REFERENCES_MAX = 32;
/** Asked for at the same time. */
const LOOKUPS_MAX = 8;
/** An id nobody has registered is asked for again after this; ids are never used a second time, so the others stay. */
const UNKNOWN_MS = 60_000;
/** Ids that are not there are remembered up to this many: rubbish behind a zero byte names any of 2^32. */
const UNKNOWN_MAX = 10_000;

export interface RegistryAddress {
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

export interface SchemaLoader {
  /**
   * Looks up the schemas these records name and nobody has asked for. Rejects with a retryable `registry_unavailable` while the registry
   * does not answer: the records wait, as they do for a table.
   */
  prepare(records: readonly LogRecord[]): Promise<void>;
}

const referenceSchema = z.object({ name: z.string(), subject: z.string(), version: z.number() });
/** The registry leaves `schemaType` out for Avro. */
const schemaAnswer = z.object({
  schema: z.string(),
  schemaType: z.string().default("AVRO"),
  references: z.array(referenceSchema).default([]),
});
type SchemaAnswer = z.infer<typeof schemaAnswer>;

/** Reads a Confluent-compatible schema registry over its REST interface (`/schemas/ids/{id}`, `/subjects/{subject}/versions/{version}`). */
export function createSchemaLoader(address: RegistryAddress, schemas: Schemas, now: () => number): SchemaLoader {
  const unknownUntilMs = new Map<number, number>();

  function forgetUnknown(): void {
    for (const [id, untilMs] of unknownUntilMs) {
      if (untilMs > now() && unknownUntilMs.size <= UNKNOWN_MAX) break;
      unknownUntilMs.delete(id);
      schemas.forget(id);
    }
  }

  async function load(id: number): Promise<void> {
    const answer = await ask(address, `/schemas/ids/${id}`);
    if (answer === "absent") {
      schemas.refuse(id, `expected a schema of the registry, got id ${id}, which it does not have`);
      unknownUntilMs.set(id, now() + UNKNOWN_MS);
      return;
    }
    const { schemaType, schema } = answer;
    if (schemaType !== "AVRO" && schemaType !== "PROTOBUF")
      return schemas.refuse(id, `expected schema ${id} as AVRO or PROTOBUF, got ${schemaType}`);
    const references = await referencesOf(answer);
    if (references === undefined)
      return schemas.refuse(id, `expected what schema ${id} refers to, got references that are absent or too many`);
    schemas.add(id, { type: schemaType, schema, references });
  }

  /** Everything a schema imports, what is imported first; undefined where something of it is missing. */
  async function referencesOf(answer: SchemaAnswer): Promise<SchemaText["references"] | undefined> {
    const found = new Map<string, string>();
    const isWhole = await collect(answer, found);
    return isWhole ? [...found].map(([name, schema]) => ({ name, schema })) : undefined;
  }

  async function collect({ references }: SchemaAnswer, found: Map<string, string>): Promise<boolean> {
    const unseen = references.filter(({ name }) => !found.has(name));
    for (const { name, subject, version } of unseen) {
      const one =
        found.size < REFERENCES_MAX ? await ask(address, `/subjects/${encodeURIComponent(subject)}/versions/${version}`) : "absent";
      // Entered before its own references are read, which may come back to it; its place is behind them.
      found.set(name, "");
      if (one === "absent" || !(await collect(one, found))) return false;
      found.delete(name);
      found.set(name, one.schema);
    }
    return true;
  }

  return {
    async prepare(records) {
      forgetUnknown();
      const wanted = new Set(records.flatMap(({ value }) => schemaIdOf(value) ?? []).filter((id) => !schemas.has(id)));
      const ids = [...wanted];
      for (let at = 0; at < ids.length; at += LOOKUPS_MAX) await Promise.all(ids.slice(at, at + LOOKUPS_MAX).map(load));
    },
  };
}

/** The loader of a running service; undefined where no registry is configured. */
export function createConfiguredLoader(
  { ingestRegistryUrl: url, ingestRegistryUser: user, ingestRegistryPassword: password }: DecodeConfig,
  schemas: Schemas | undefined,
  now: () => number,
): SchemaLoader | undefined {
  return url === undefined || schemas === undefined ? undefined : createSchemaLoader({ url, user, password }, schemas, now);
}

/** One answer of the registry. What it says about itself stays out of errors: it may repeat credentials of the address. */
async function ask({ url, user, password }: RegistryAddress, path: string): Promise<SchemaAnswer | "absent"> {
  const place = `${new URL(url).host}${path}`;
  const credentials = Buffer.from(`${user ?? ""}:${password ?? ""}`).toString("base64");
  const headers = {
    accept: "application/vnd.schemaregistry.v1+json",
    ...(user === undefined ? {} : { authorization: `Basic ${credentials}` }),
  };
  let got = "no answer";
  try {
    const response = await fetch(`${url.replace(/\/$/, "")}${path}`, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    got = `status ${response.status}`;
    if (response.status === 404) return "absent";
    if (response.status === 401 || response.status === 403) throw unavailable(place, got, { retryable: false });
    const text = await response.text();
    if (response.ok && text.length <= SCHEMA_BYTES_MAX) return schemaAnswer.parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof BellwetherError) throw error;
  }
  throw unavailable(place, got, { retryable: true });
}

function unavailable(place: string, got: string, { retryable }: { retryable: boolean }): BellwetherError {
  return new BellwetherError("registry_unavailable", `schema registry ${place}: expected a schema, got ${got}`, { retryable });
}
