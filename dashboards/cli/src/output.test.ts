import { describe, expect, it } from "vitest";
import { createOutput, formatTable } from "./output.ts";

function written(json: boolean, use: (out: ReturnType<typeof createOutput>) => void): string {
  let text = "";
  use(
    createOutput({
      json,
      write: (piece) => {
        text += piece;
      },
    }),
  );
  return text;
}

describe("formatTable", () => {
  it("aligns columns by what a terminal shows: a Chinese character takes two places", () => {
    const rows = [
      { title: "单体电池", cell: 82 },
      { title: "cell", cell: 7 },
    ];
    expect(formatTable(rows, ["title", "cell"])).toBe("title     cell\n单体电池  82\ncell      7\n");
  });

  it("shows what is missing as a dash, objects as JSON and several lines as one", () => {
    const rows = [{ a: null, b: undefined, c: { x: 1 }, d: "first\r\n  second", e: false }];
    expect(formatTable(rows, ["a", "b", "c", "d", "e"]).split("\n")[1]).toBe('-  -  {"x":1}  first / second  false');
  });

  it("shows six digits of a fraction and whole numbers whole", () => {
    const numbers = { a: 3.811000108718872, b: 2.9000000000000004, c: 1234567, d: 0.30000000000000004 };
    expect(formatTable([numbers], ["a", "b", "c", "d"]).split("\n")[1]).toBe("3.811  2.9  1234567  0.3");
  });

  it("shows only the columns asked for, and says so when there is nothing", () => {
    expect(formatTable([{ a: 1, secret: 2 }], ["a"])).toBe("a\n1\n");
    expect(formatTable([], ["a"])).toBe("nothing to show\n");
  });
});

describe("createOutput", () => {
  it("prints one whole JSON object per line and nothing else with --json", () => {
    const text = written(true, (out) => {
      out.line("for people");
      out.rows([{ a: 1, b: "x\ny" }, { a: 2 }], ["a"]);
      out.record({ c: null });
      out.rows([], ["a"]);
    });
    expect(text).toBe('{"a":1,"b":"x\\ny"}\n{"a":2}\n{"c":null}\n');
  });

  it("prints a record as aligned pairs", () => {
    const text = written(false, (out) => {
      out.line("for people");
      out.record({ a: 1, longer: [2] });
    });
    expect(text).toBe("for people\na       1\nlonger  [2]\n");
  });
});
