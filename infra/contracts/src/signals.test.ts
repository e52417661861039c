import { describe, expect, it } from "vitest";
import { columnOf, columnTypeOf, isSignalName, SIGNAL_NAMES, signalDefinition } from "./signals.ts";
import { signalsPage } from "./signalsPage.ts";

const UNITS = ["", "V", "A", "Ah", "°C", "km", "km/h", "%", "kΩ", "kPa", "kW", "r/min", "N·m", "°"];

describe("signal catalogue", () => {
  it.each(SIGNAL_NAMES)("%s is complete", (name) => {
    const { unit, kind, range, values, sentence, carriedBy } = signalDefinition(name);
    expect(UNITS).toContain(unit);
    expect(sentence).toMatch(/^[A-Z].*\.$/);
    for (const place of Object.values(carriedBy)) expect(place).not.toBe("");
    if (kind === "enum") expect(values?.length).toBeGreaterThan(1);
    else if (kind !== "bool" && kind !== "uint32") expect((range?.[0] ?? 0) < (range?.[1] ?? 0)).toBe(true);
  });

  it("ends every name of a signal with a unit in that unit", () => {
    const suffixes: Readonly<Record<string, string>> = {
      V: "V",
      A: "A",
      Ah: "Ah",
      C: "°C",
      Km: "km",
      Kmh: "km/h",
      Pct: "%",
      Kohm: "kΩ",
      Kpa: "kPa",
      Kw: "kW",
      Rpm: "r/min",
      Nm: "N·m",
      Deg: "°",
    };
    for (const name of SIGNAL_NAMES) {
      const { unit } = signalDefinition(name);
      if (unit === "") continue;
      const suffix = /[A-Z][a-z]*$/.exec(name)?.[0] ?? "";
      expect(suffixes[suffix], name).toBe(unit);
    }
  });

  it("names each column once, in snake case", () => {
    const columns = SIGNAL_NAMES.map(columnOf);
    expect(new Set(columns).size).toBe(columns.length);
    for (const column of columns) expect(column).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(columnOf("tyrePressureFlKpa")).toBe("tyre_pressure_fl_kpa");
  });

  it("stores every signal so that missing can be told from zero", () => {
    for (const name of SIGNAL_NAMES) expect(columnTypeOf(name)).toContain("Nullable(");
  });

  it("does not take inherited object properties for signals", () => {
    expect(isSignalName("toString")).toBe(false);
    expect(isSignalName("socPct")).toBe(true);
  });

  it("shows every signal on its page", () => {
    for (const name of SIGNAL_NAMES) expect(signalsPage()).toContain(`\`${name}\``);
  });
});
