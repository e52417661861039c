import fc from "fast-check";
import { expect, it } from "vitest";
import { splitStatements } from "./statements.ts";

it("splits at semicolons outside quotes and comments only", () => {
  const sql = `
    -- a comment; with a semicolon and an ' apostrophe
    CREATE TABLE a (s String DEFAULT 'x;\\'y''z;');
    /* another;
       one ' */ SELECT "q;", \`b;\` - 1 / 2;;
    SELECT 1 -- the last needs none`;
  expect(splitStatements(sql).map((statement) => statement.replace(/\s+/g, " "))).toEqual([
    "CREATE TABLE a (s String DEFAULT 'x;\\'y''z;')",
    'SELECT "q;", `b;` - 1 / 2',
    "SELECT 1",
  ]);
});

it("gives back the statements that were joined, whatever text they quote", () => {
  const quoted = fc.string({ unit: "grapheme" }).map((text) => `SELECT '${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`);
  fc.assert(
    fc.property(fc.array(quoted), (statements) => {
      expect(splitStatements(statements.join(";\n"))).toEqual(statements);
    }),
  );
});

it("never throws and never hangs on arbitrary text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 500 }), (text) => Array.isArray(splitStatements(text))));
});
