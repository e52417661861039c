import { SCOPES } from "@bellwether/alerts/api/access";
import { ROLES } from "@bellwether/contracts/alert";
import type { Command } from "commander";
import { z } from "zod";
import { EXIT } from "../exitCodes.ts";
import { day, vin } from "../optionFields.ts";
import { readOptions } from "../options.ts";
import { type Reader, runWithReader } from "../reader.ts";
import { type ExitSlot, type Session, withCommonOptions } from "../session.ts";

const createSchema = z.object({
  role: z.enum(ROLES).default("analyst"),
  name: z.string().trim().min(1).max(100),
  dealer: z.string().min(1).max(64).optional(),
  vin: vin().optional(),
  expires: day().optional(),
  scopes: z.array(z.enum(SCOPES)).default([]),
});
const createdSchema = z.object({ key: z.string() });
const keysSchema = z.object({ items: z.array(z.record(z.string(), z.unknown())) });
const COLUMNS = ["id", "name", "role", "dealerId", "vin", "scopes", "createdBy", "createdAt", "expiresAt"];
const DAYS_DEFAULT = 90;
const DAY_MS = 86_400_000;

/** `bellwether keys create|list|revoke`: who may use the API and the console where no OpenID provider is set up. */
export function addKeys(program: Command, exit: ExitSlot): void {
  const keys = program.command("keys").description("keys of the API and the console: create, list, revoke");
  withCommonOptions(keys.command("create"))
    .description("make a key; it is shown once and kept as a hash only")
    .requiredOption("--name <name>", "whose key it is")
    .option("--role <role>", `one of ${ROLES.join(", ")} (default: analyst)`)
    .option("--dealer <id>", "which dealer, for the role dealer")
    .option("--vin <vin>", "which vehicle, for the role owner")
    .option("--expires <day>", `day on which it ends, at most a year from now (default: in ${DAYS_DEFAULT} days)`)
    .option("--scopes <scope...>", `only some of what the role may do: ${SCOPES.join(", ")}`)
    .action((_options, command: Command) => runWithReader(command, exit, (session, reader) => create(session, reader, command)));
  withCommonOptions(keys.command("list"))
    .description("keys in force, without their secrets")
    .action((_options, command: Command) => runWithReader(command, exit, list));
  withCommonOptions(keys.command("revoke <id>"))
    .description("end a key at once")
    .action((id: string, _options, command: Command) => runWithReader(command, exit, (session, reader) => revoke(session, reader, id)));
}

async function create(session: Session, reader: Reader, command: Command): Promise<number> {
  const { role, name, dealer, vin, expires, scopes } = readOptions(command, createSchema);
  const expiresAt = new Date(expires === undefined ? Date.now() + DAYS_DEFAULT * DAY_MS : Date.parse(expires)).toISOString();
  const body = {
    name,
    role,
    scopes,
    expiresAt,
    ...(dealer === undefined ? {} : { dealerId: dealer }),
    ...(vin === undefined ? {} : { vin }),
  };
  const { key } = createdSchema.parse(await reader.post("/v1/api-keys", body));
  session.out.record({ key, role, name, expiresAt });
  session.out.line("In the console's address: http://HOST:PORT/#key=KEY; for the API: the header Authorization: Bearer KEY.");
  return EXIT.ok;
}

async function list(session: Session, reader: Reader): Promise<number> {
  const { items } = keysSchema.parse(await reader.get("/v1/api-keys"));
  session.out.rows(items, COLUMNS);
  return EXIT.ok;
}

async function revoke(session: Session, reader: Reader, id: string): Promise<number> {
  await reader.post(`/v1/api-keys/${encodeURIComponent(id)}/revoke`, {});
  session.out.line(`${id} is revoked`);
  if (session.json) session.out.record({ id, revoked: true });
  return EXIT.ok;
}
