/**
 * The lines of `ingest/testdata/<format>.txt`: `payload -> expectation`.
 * A payload is hex (blanks allowed) or text as it stands. The expectation is JSON: `{"samples": [...]}` (what is named must
 * be there; lists match whole), `{"ignored": "login"}` or `{"rejected": "schema"}`. A line `@ {...}` sets `key` and
 * `options` of the record for the lines below it; `#` begins a comment.
 */
import { readdirSync, readFileSync } from "node:fs";
import type { Decoded } from "@bellwether/contracts/sample";
import { z } from "zod";
import { CURRENT_SIGNS } from "../codec.ts";
import { decodeRecord } from "../codecs.ts";
import { loadMakerLayouts } from "../makerLayouts.ts";
import { loadFieldMaps } from "../registry/fieldMap.ts";
import { createSchemas, type Schemas } from "../registry/schemas.ts";
import { ISOLATION_UNITS, TYRE_PRESSURE_UNITS } from "../tesla/units.ts";
import { VSS_RELEASES } from "../vss/release.ts";

const FOLDER = new URL("../../../testdata/", import.meta.url);
export const RECEIVED_MS = Date.UTC(2026, 0, 3);
const HEX = /^([0-9a-f]{2}\s*)+$/i;
const SEPARATOR = " -> ";

const settingSchema = z.strictObject({
  key: z.string().nullable().default(null),
  options: z
    .strictObject({
      vssRelease: z.enum(VSS_RELEASES).optional(),
      teslaTyreUnit: z.enum(TYRE_PRESSURE_UNITS).optional(),
      teslaIsolationUnit: z.enum(ISOLATION_UNITS).optional(),
      teslaCurrentSign: z.enum(CURRENT_SIGNS).optional(),
    })
    .default({}),
});
const expectationSchema = z.union([
  z.strictObject({ samples: z.array(z.record(z.string(), z.unknown())) }),
  z.strictObject({ ignored: z.string() }),
  z.strictObject({ rejected: z.string() }),
]);
const layouts = loadMakerLayouts(new URL("../../../layouts/", import.meta.url));

/** The schemas of `ingest/testdata/registry` under the ids 1 (Avro) and 2 (Protobuf), read by the maps of `ingest/registry`. */
export function fixtureSchemas(): Schemas {
  const schemas = createSchemas(loadFieldMaps(new URL("../../../registry/", import.meta.url)));
  const text = (file: string) => readFileSync(new URL(`registry/${file}`, FOLDER), "utf8");
  schemas.add(1, { type: "AVRO", schema: text("telemetry.avsc"), references: [] });
  schemas.add(2, { type: "PROTOBUF", schema: text("telemetry.proto"), references: [] });
  schemas.refuse(3, "expected a schema of the registry, got id 3, which it does not have");
  return schemas;
}
const schemas = fixtureSchemas();

export interface Fixture {
  readonly line: number;
  readonly payload: Buffer;
  readonly setting: z.infer<typeof settingSchema>;
  readonly expectation: z.infer<typeof expectationSchema>;
}

/** The formats there are lines for. */
export function fixtureFormats(): string[] {
  return readdirSync(FOLDER).flatMap((file) => (file.endsWith(".txt") ? [file.slice(0, -".txt".length)] : []));
}

/** The lines of one format. */
export function fixturesOf(format: string): Fixture[] {
  const fixtures: Fixture[] = [];
  let setting = settingSchema.parse({});
  for (const [i, text] of readFileSync(new URL(`${format}.txt`, FOLDER), "utf8")
    .split("\n")
    .entries()) {
    if (text.trim() === "" || text.startsWith("#")) continue;
    if (text.startsWith("@")) {
      setting = settingSchema.parse(JSON.parse(text.slice(1)));
      continue;
    }
    const at = text.lastIndexOf(SEPARATOR);
    const expectation = expectationSchema.parse(JSON.parse(text.slice(at + SEPARATOR.length)));
    fixtures.push({ line: i + 1, payload: payloadOf(text.slice(0, at)), setting, expectation });
  }
  return fixtures;
}

function payloadOf(text: string): Buffer {
  return HEX.test(text) ? Buffer.from(text.replaceAll(/\s/g, ""), "hex") : Buffer.from(text);
}

/** Decodes a payload as a fixture says; any payload, for tests that change it. */
export function decodeFixture({ setting: { key, options } }: Fixture, payload: Buffer): readonly Decoded[] {
  return decodeRecord(payload, {
    receivedTimeMs: RECEIVED_MS,
    bytesMax: 1e6,
    key: key === null ? null : Buffer.from(key),
    options: { ...options, layouts, schemas },
  });
}
