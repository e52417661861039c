import { randomUUID } from "node:crypto";
import { open, rename } from "node:fs/promises";

/**
 * Replaces a file in one step: a reader or a crash sees the old text or the new one, never a part.
 * `sync` also waits for the disk, which only a power failure makes a difference to.
 */
export async function writeFileAtomic(file: string, text: string, { sync = false }: { sync?: boolean } = {}): Promise<void> {
  const draft = `${file}.${randomUUID()}.tmp`;
  const handle = await open(draft, "wx");
  try {
    await handle.writeFile(text);
    if (sync) await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}
