import { BellwetherError } from "@bellwether/contracts/errors";
import type { Command } from "commander";
import { z } from "zod";
import { readOptions } from "../options.ts";
import { type Reader, runWithReader } from "../reader.ts";
import { type ExitSlot, type Session, withCommonOptions } from "../session.ts";

const exportSchema = z.record(z.string(), z.unknown());
const erasureSchema = z.object({ id: z.string(), at: z.string(), counts: z.record(z.string(), z.number()) });
const eraseOptions = z.object({ reason: z.string().min(3).max(200).default("request of the person"), yes: z.boolean().default(false) });

/** `bellwether person export|erase`: the rights of a vehicle's owner, on the person's word. */
export function addPerson(program: Command, exit: ExitSlot): void {
  const person = program.command("person").description("a vehicle's owner: what is stored about the person, and its erasure");
  withCommonOptions(person.command("export <vin>"))
    .description("everything stored about the owner of a vehicle, as JSON; the reading is kept on record")
    .action((vin: string, _options, command: Command) =>
      runWithReader(command, exit, (session, reader) => exportOwner(session, reader, vin)),
    );
  withCommonOptions(person.command("erase <vin>"))
    .description("erase the owner of a vehicle; unsent messages are cancelled, telemetry stays, and a proof is written")
    .option("--reason <text>", "why, without name and address")
    .option("--yes", "really: it cannot be undone")
    .action((vin: string, _options, command: Command) =>
      runWithReader(command, exit, (session, reader) => erase(session, reader, vin, command)),
    );
}

async function exportOwner(_session: Session, reader: Reader, vin: string): Promise<undefined> {
  const exported = exportSchema.parse(await reader.get(`/v1/vehicles/${encodeURIComponent(vin)}/owner/export`));
  process.stdout.write(`${JSON.stringify(exported, null, 2)}\n`);
  return undefined;
}

async function erase(session: Session, reader: Reader, vin: string, command: Command): Promise<undefined> {
  const { reason, yes } = readOptions(command, eraseOptions);
  if (!yes) throw new BellwetherError("config_invalid", "expected --yes: an erasure cannot be undone", { retryable: false });
  const { id, at, counts } = erasureSchema.parse(await reader.post(`/v1/vehicles/${encodeURIComponent(vin)}/owner/erase`, { reason }));
  session.out.record({ proof: id, at, ...counts });
  return undefined;
}
