/** What the platform's owner can declare about payloads, and the decoders' options made of it. */
import { count, httpUrl, secret } from "@bellwether/runtime/configFields";
import { z } from "zod";
import type { Edition } from "../gbt32960/frame.ts";
import { CURRENT_SIGNS, type DecodeOptions } from "./codec.ts";
import { createEditionMemory } from "./emqx/editionMemory.ts";
import { loadMakerLayouts } from "./makerLayouts.ts";
import { loadFieldMaps } from "./registry/fieldMap.ts";
import { createSchemas, type Schemas } from "./registry/schemas.ts";
import { ISOLATION_UNITS, TYRE_PRESSURE_UNITS } from "./tesla/units.ts";
import { VSS_RELEASES } from "./vss/release.ts";

const BUNDLED_LAYOUTS = new URL("../../layouts/", import.meta.url);
const BUNDLED_REGISTRY_MAPS = new URL("../../registry/", import.meta.url);
const LAYOUT_VIN = /^([^:,]{1,64}):([A-Z0-9]{1,17})$/;

/** Part of the ingest service's configuration. */
export const decodeConfigFields = {
  ingestLayouts: z
    .string()
    .min(1)
    .optional()
    .describe("folder of YAML layouts of makers' own GB/T items; absent: those that come with ingest"),
  ingestLayoutVins: z
    .array(z.string().regex(LAYOUT_VIN))
    .default([])
    .meta({ expected: "a comma-separated list of maker:beginning of a VIN" })
    .describe("vehicles a maker's layout holds for, beside those it names itself"),
  ingestEditionMemory: count({ min: 0, max: 100_000_000 })
    .default(1_000_000)
    .describe("vehicles of the EMQX gateway whose GB/T edition is remembered for payloads that do not tell it; about 100 bytes each"),
  ingestVssRelease: z.enum(VSS_RELEASES).default("6.0").describe("release of VSS whose units hold where a payload names none"),
  ingestTeslaTyreUnit: z.enum(TYRE_PRESSURE_UNITS).default("bar").describe("unit of Tesla's tyre pressures"),
  ingestTeslaIsolationUnit: z
    .enum(ISOLATION_UNITS)
    .optional()
    .describe("unit of Tesla's isolation resistance; absent: it lands as an extra, not as insulationKohm"),
  ingestRegistryUrl: httpUrl().optional().describe("Confluent-compatible schema registry; absent: records with a schema id are parked"),
  ingestRegistryUser: z.string().optional().describe("user at the registry"),
  ingestRegistryPassword: secret().optional().describe("password or API secret at the registry"),
  ingestRegistryMaps: z
    .string()
    .min(1)
    .optional()
    .describe("folder of YAML maps from registered records to signals; absent: the example that comes with ingest"),
  ingestTeslaCurrentSign: z.enum(CURRENT_SIGNS).default("charge").describe("direction of Tesla's pack current that counts as positive"),
};

export type DecodeConfig = z.infer<z.ZodObject<typeof decodeConfigFields>>;

/** The options of one running service: its memory of editions is its own. Throws `config_invalid` for layouts that are none. */
export function createDecodeOptions(config: DecodeConfig): DecodeOptions & { readonly schemas: Schemas | undefined } {
  return {
    layouts: loadMakerLayouts(config.ingestLayouts ?? BUNDLED_LAYOUTS, vinsByMaker(config.ingestLayoutVins)),
    editions: createEditionMemory<Edition>(config.ingestEditionMemory),
    schemas:
      config.ingestRegistryUrl === undefined ? undefined : createSchemas(loadFieldMaps(config.ingestRegistryMaps ?? BUNDLED_REGISTRY_MAPS)),
    vssRelease: config.ingestVssRelease,
    teslaTyreUnit: config.ingestTeslaTyreUnit,
    teslaIsolationUnit: config.ingestTeslaIsolationUnit,
    teslaCurrentSign: config.ingestTeslaCurrentSign,
  };
}

function vinsByMaker(entries: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const byMaker = new Map<string, string[]>();
  for (const entry of entries) {
    const [, maker = "", prefix = ""] = LAYOUT_VIN.exec(entry) ?? [];
    byMaker.set(maker, [...(byMaker.get(maker) ?? []), prefix]);
  }
  return byMaker;
}
