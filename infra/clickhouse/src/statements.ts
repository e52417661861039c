/** Tokens inside which a semicolon does not end a statement: quoted text with backslash escapes, and both kinds of comment. */
const TOKEN = /'(?:\\[\s\S]|''|[^'\\])*'|"(?:\\[\s\S]|[^"\\])*"|`(?:\\[\s\S]|[^`\\])*`|--[^\n]*|\/\*[\s\S]*?\*\/|;|[^'"`;/-]+|[\s\S]/g;

/**
 * Splits a SQL file into its statements, without comments and empty statements: ClickHouse takes one statement per
 * request. Semicolons in quoted text and in comments are left alone.
 */
export function splitStatements(sql: string): readonly string[] {
  const statements: string[] = [];
  let current = "";
  for (const [token] of sql.matchAll(TOKEN)) {
    if (token === ";") {
      statements.push(current);
      current = "";
    } else if (!token.startsWith("--") && !token.startsWith("/*")) {
      current += token;
    } else {
      current += " ";
    }
  }
  return [...statements, current].map((statement) => statement.trim()).filter((statement) => statement !== "");
}
