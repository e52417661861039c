/** Layouts of maker-defined GB/T items, one YAML file per maker; `ingest/layouts` explains the form by an example. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BellwetherError } from "@bellwether/contracts/errors";
import { isSignalName, signalDefinition } from "@bellwether/contracts/signals";
import { parse } from "yaml";
import { z } from "zod";
import type { NumberSignal } from "../gbt32960/draft.ts";
import { createMakerLayouts, type LayoutField, type MakerLayout, type MakerLayouts } from "../gbt32960/makerLayout.ts";

const fieldSchema = z
  .strictObject({
    at: z.int().min(0).max(65_530),
    size: z.union([z.literal(1), z.literal(2), z.literal(4)]),
    scale: z.number().positive().default(1),
    offset: z.number().default(0),
    rawMax: z.int().positive().optional(),
    signal: z.custom<NumberSignal>(isNumberSignal, "expected a signal of the catalogue that is one number").optional(),
    extra: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,63}$/, "expected a name like air_pressure_kpa")
      .optional(),
  })
  .refine(({ signal, extra }) => (signal === undefined) !== (extra === undefined), "expected either signal or extra");

const typeSchema = z
  .strictObject({ bytes: z.int().min(1).max(65_531), fields: z.array(fieldSchema).min(1) })
  .refine(({ bytes, fields }) => fields.every(({ at, size }) => at + size <= bytes), "expected every field to end within the item's bytes");

const layoutSchema = z.strictObject({
  maker: z.string().min(1),
  source: z.string().optional(),
  vins: z.array(z.string().regex(/^[A-Z0-9]{1,17}$/, "expected the beginning of a VIN")),
  /** By the type byte in hex. */
  types: z.record(z.string().regex(/^([89A-E][0-9A-F]|F[0-9A-E])$/, "expected a type from 80 to FE in hex"), typeSchema),
});

/**
 * Reads every layout of a folder. `vinsByMaker` adds VIN prefixes to a maker's own, so that a fleet can choose a layout without
 * touching the files. Throws `config_invalid` for a file that is no layout, and for a maker that has none.
 */
export function loadMakerLayouts(folder: URL | string, vinsByMaker: ReadonlyMap<string, readonly string[]> = new Map()): MakerLayouts {
  const base = typeof folder === "string" ? folder : fileURLToPath(folder);
  const layouts = filesOf(base).map((file) => readLayout(`${base}/${file}`, vinsByMaker));
  for (const maker of vinsByMaker.keys()) {
    if (!layouts.some((layout) => layout.maker === maker)) throw invalid(`expected a layout of maker ${maker} in ${base}, got none`);
  }
  return createMakerLayouts(layouts);
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder).filter((file) => file.endsWith(".yaml"));
  } catch (cause) {
    throw invalid(`INGEST_LAYOUTS: expected a folder of layouts, got ${folder}`, cause);
  }
}

function readLayout(file: string, vinsByMaker: ReadonlyMap<string, readonly string[]>): MakerLayout {
  const layout = layoutSchema.safeParse(parseYaml(file));
  if (!layout.success) throw invalid(`expected a maker's layout in ${file}: ${z.prettifyError(layout.error)}`);
  const { maker, vins, types } = layout.data;
  return {
    maker,
    vinPrefixes: [...vins, ...(vinsByMaker.get(maker) ?? [])],
    items: new Map(
      Object.entries(types).map(([type, { bytes, fields }]) => [Number.parseInt(type, 16), { bytes, fields: fields.flatMap(toField) }]),
    ),
  };
}

function parseYaml(file: string): unknown {
  try {
    return parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw invalid(`expected YAML in ${file}`, cause);
  }
}

function toField({ signal, extra, ...place }: z.infer<typeof fieldSchema>): LayoutField[] {
  if (signal !== undefined) return [{ ...place, target: { signal } }];
  return extra === undefined ? [] : [{ ...place, target: { extra } }];
}

function isNumberSignal(name: unknown): name is NumberSignal {
  if (typeof name !== "string" || !isSignalName(name)) return false;
  return !["bool", "enum", "float32[]"].includes(signalDefinition(name).kind);
}

function invalid(message: string, cause?: unknown): BellwetherError {
  return new BellwetherError("config_invalid", message, { retryable: false, cause });
}
