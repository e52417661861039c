import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseExpression } from "./expression.ts";

const parameters = new Set(["limit"]);

function faultOf(text: string): { at: number; message: string } | null {
  const parsed = parseExpression(text, parameters);
  return parsed.ok ? null : parsed.fault;
}

describe("parseExpression", () => {
  it.each([
    "alarm_level >= 2",
    "insulation_kohm * 1000 / pack_voltage_v < {limit} AND pack_voltage_v > 60",
    "NOT (charge_state = 'parked_charging') OR speed_kmh IS NOT NULL",
    "cell_voltage_max_v BETWEEN 4.3 AND 4.9",
    "rise(probe_temp_max_c, 10) >= {limit} and abs(pack_current_a) < 5",
    "if(isNull(speed_kmh), 1 = 1, speed_kmh < -1.5e-3)",
    "bitAnd(alarm_flags, 4) <> 0",
  ])("accepts %s", (text) => expect(faultOf(text)).toBeNull());

  it.each([
    ["alarm_level >= ", 15, "the end of the condition"],
    ["alarm_lvl >= 2", 0, "unknown column"],
    ["alarm_level >= {x}", 15, "not declared"],
    ["sleep(3) = 0", 0, "not allowed"],
    ["alarm_level = (SELECT 1)", 15, "not allowed here"],
    ["alarm_level = 1; DROP TABLE telemetry", 15, "unexpected character"],
    ["alarm_level = 1 -- x", 16, "comments"],
    ["alarm_level = 1 /* x */", 16, "comments"],
    ["vehicle_state = 'startd'", 16, "not a value of any enum"],
    ["numbers(10)", 0, "not allowed"],
    ["alarm_level = 1 2", 16, "expected an operator or the end"],
    ["abs(1, 2) = 1", 0, "takes 1 to 1"],
    ["rise(cell_voltages_v, 10) > 1", 0, "not an array"],
    ["rise(soc_pct, 100000) > 1", 0, "0 to 120 minutes"],
    ["(alarm_level = 1", 16, 'expected ")"'],
    ["alarm_level = 1 SETTINGS max_threads", 16, "expected an operator"],
    ["alarm_level = \u0000", 14, "unexpected character"],
  ])("refuses %s at its place", (text, at, message) => {
    const fault = faultOf(text);
    expect(fault?.at).toBe(at);
    expect(fault?.message).toContain(message);
  });

  it("binds AND tighter than OR and NOT tighter than AND", () => {
    const parsed = parseExpression("1 = 1 OR 2 = 2 AND NOT 3 = 3", parameters);
    expect(parsed).toMatchObject({ ok: true, expression: { operator: "OR", right: { operator: "AND", right: { operator: "NOT" } } } });
  });

  it("never throws, whatever the text", () => {
    const piece = fc.constantFrom("(", ")", "AND", "NOT", "alarm_level", "{limit}", "=", "1", "-", "'on'", ",", "rise", " ", "IS", "NULL");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((p) => p.join(" ")),
        ),
        (text) => void parseExpression(text, parameters),
      ),
    );
    expect(faultOf("(".repeat(10_000))?.message).toContain("nested deeper");
  });
});
