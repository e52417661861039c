import { mkdirSync, writeFileSync } from "node:fs";
import { referencePages } from "./pages.ts";

/** Writes the generated reference pages and the types of the console's client: `npm run docs`. */
const root = new URL("../../../../", import.meta.url);
for (const [name, text] of Object.entries(await referencePages())) {
  const file = new URL(name, root);
  mkdirSync(new URL(".", file), { recursive: true });
  writeFileSync(file, text);
  process.stdout.write(`wrote ${name}\n`);
}
