import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { referencePages } from "./pages.ts";

const pages = await referencePages();

describe("generated reference pages", () => {
  it.each(Object.entries(pages))("%s is what the code generates", (name, text) => {
    expect(readFileSync(new URL(`../../../../${name}`, import.meta.url), "utf8"), "run `npm run docs` and commit").toBe(text);
  });

  it("never shows a secret's default", () => {
    expect(pages["docs/configuration.md"]).not.toMatch(/PASSWORD` \| [^|]* \| `[^`]+` \|/);
  });
});
