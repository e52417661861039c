import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createDecodeOptions, decodeConfigFields } from "./decodeConfig.ts";
import { loadMakerLayouts } from "./makerLayouts.ts";

const schema = z.object(decodeConfigFields);
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bellwether-test-layouts-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (text: string) => writeFileSync(join(folder, "maker.yaml"), text);
const layout = (fields: string, rest = "vins: [LTE]") =>
  `maker: m\n${rest}\ntypes:\n  "80":\n    bytes: 4\n    fields:\n      - ${fields}\n`;

describe("options of the decoders", () => {
  it("come with the bundled layouts, which hold for the vehicles they name and those the configuration adds", () => {
    const { layouts } = createDecodeOptions(schema.parse({}));
    expect(layouts?.of("LZYTAG00000000001")?.maker).toBe("36node-bus");
    expect(layouts?.of("LTEST00000000001X")).toBeUndefined();
    const added = createDecodeOptions(schema.parse({ ingestLayoutVins: ["36node-bus:LTE", "36node-bus:LTF"] }));
    expect(added.layouts?.of("LTEST00000000001X")?.maker).toBe("36node-bus");
  });

  it("refuse VINs for a maker without a layout", () => {
    expect(() => createDecodeOptions(schema.parse({ ingestLayoutVins: ["nobody:LTE"] }))).toThrow(/expected a layout of maker nobody/);
  });
});

describe("a maker's layout", () => {
  it("holds for the longest prefix of a VIN", () => {
    write(layout("{ at: 0, size: 2, signal: auxVoltageV }"));
    writeFileSync(join(folder, "bus.yaml"), layout("{ at: 0, size: 2, extra: x }", "vins: [LTEST]").replace("maker: m", "maker: bus"));
    const layouts = loadMakerLayouts(folder);
    expect(layouts.of("LTEST00000000001X")?.maker).toBe("bus");
    expect(layouts.of("LTEXX00000000001X")?.maker).toBe("m");
  });

  it.each([
    ["a field beyond the item's end", layout("{ at: 3, size: 2, signal: auxVoltageV }")],
    ["a signal the catalogue does not have", layout("{ at: 0, size: 2, signal: auxVolts }")],
    ["a signal that is no number", layout("{ at: 0, size: 2, signal: gear }")],
    ["neither signal nor extra", layout("{ at: 0, size: 2 }")],
    ["a standard type", layout("{ at: 0, size: 2, extra: x }").replace('"80"', '"08"')],
    ["an unknown key", layout("{ at: 0, size: 2, extra: x, factor: 2 }")],
    ["no YAML", "{"],
  ])("is refused with %s", (_, text) => {
    write(text);
    expect(() => loadMakerLayouts(folder)).toThrow(/maker[.]yaml/);
  });

  it("is refused where the folder is none", () => {
    expect(() => loadMakerLayouts(join(folder, "absent"))).toThrow(/expected a folder of layouts/);
  });
});
