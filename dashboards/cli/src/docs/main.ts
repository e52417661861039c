import { mkdirSync, writeFileSync } from "node:fs";
import { referencePages } from "./pages.ts";

/** Writes the generated reference pages: `npm run docs`. */
const folder = new URL("../../../../docs/", import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, text] of Object.entries(await referencePages())) {
  writeFileSync(new URL(name, folder), text);
  process.stdout.write(`wrote docs/${name}\n`);
}
