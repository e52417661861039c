import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseExpression } from "./expression.ts";
import { ACCEPTED, REFUSED } from "./fixtures/conditions.ts";

const scope = { parameters: new Set(["limit"]) };

function faultOf(text: string): { at: number; message: string } | null {
  const parsed = parseExpression(text, scope);
  return parsed.ok ? null : parsed.fault;
}

describe("parseExpression", () => {
  it.each(ACCEPTED.map(([text]) => text))("accepts %s", (text) => expect(faultOf(text)).toBeNull());

  it.each(REFUSED)("refuses %s at its place", (text, at, reason) => {
    const fault = faultOf(text);
    expect(fault?.message).toContain(reason);
    expect(fault?.at).toBe(at);
  });

  it("wants a number of a measure, and of a clear condition no signal", () => {
    expect(parseExpression("soc_pct > 5", { ...scope, wanted: "measure" })).toMatchObject({ fault: { at: 0 } });
    expect(parseExpression("soc_pct - {limit}", { ...scope, wanted: "measure" })).toMatchObject({ ok: true });
    expect(parseExpression("1 = 1", { ...scope, wanted: "clear" })).toMatchObject({ ok: true });
  });

  it("binds AND tighter than OR and NOT tighter than AND", () => {
    const parsed = parseExpression("1 = 1 OR 2 = 2 AND NOT soc_pct = 3", scope);
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
        (text) => void parseExpression(text, scope),
      ),
    );
    expect(faultOf("(".repeat(500))?.message).toContain("nested deeper");
  });
});
