import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { listConsents, PURPOSES, recordConsent } from "../../owners/consents.ts";
import { findPreferences, preferencesSchema, savePreferences } from "../../owners/preferences.ts";
import { recordPersonalRead } from "../../privacy/personalReads.ts";
import { readAs, requireVehicle } from "../access.ts";
import { type ApiApp, type ApiDeps, callerOf } from "../context.ts";
import { badRequest, notFound } from "../problems.ts";
import { answerChange, writtenSchema } from "../writeAnswer.ts";

const params = z.object({ vin: z.string().max(32) });
const ownerSchema = z.object({
  vin: z.string(),
  preferences: preferencesSchema.nullable(),
  consents: z.array(
    z.object({
      purpose: z.enum(PURPOSES),
      given: z.boolean(),
      textVersion: z.string(),
      at: z.iso.datetime(),
      proof: z.string(),
      recordedBy: z.string(),
    }),
  ),
});
const consentBody = z.strictObject({
  purpose: z.enum(PURPOSES),
  given: z.boolean(),
  textVersion: z.string().min(1).max(100).describe("the text that was agreed to or withdrawn from"),
  proof: z.string().min(1).max(500).describe("how we know; no name and no address"),
});
const tags = ["owners"];

/** What an owner wants: read and set by the owner's own key, or by staff on the owner's word. */
export function ownerRoutes(app: ApiApp, deps: ApiDeps): void {
  const { db, now } = deps;
  app.get(
    "/v1/vehicles/:vin/owner",
    {
      schema: {
        summary: "Wishes and consents of a vehicle's owner, without name and address",
        tags,
        params,
        response: { 200: ownerSchema },
      },
    },
    async (request) => readOwner(deps, callerOf(request), request.params.vin),
  );
  app.post(
    "/v1/vehicles/:vin/preferences",
    {
      schema: {
        summary: "Quiet hours, limit, digest and second channel",
        tags,
        params,
        body: preferencesSchema.partial(),
        response: { 200: ownerSchema, 204: writtenSchema },
      },
    },
    async (request, reply) => {
      const { vin } = request.params;
      const caller = callerOf(request);
      await requireOwner(deps, caller, vin);
      await db.transaction(async (tx) => {
        const wished = merged(await findPreferences(tx, vin), request.body);
        if ((wished.quietFromMin === null) !== (wished.quietToMin === null)) throw badRequest("quiet hours need both ends");
        if ((wished.fallbackChannel === null) !== (wished.fallbackAddress === null)) throw badRequest("a second channel needs its address");
        await savePreferences(tx, vin, wished, now());
      });
      return answerChange(reply, caller, "personal", () => readOwner(deps, caller, vin));
    },
  );
  app.post(
    "/v1/vehicles/:vin/consents",
    {
      schema: {
        summary: "Record a consent or its withdrawal; a withdrawal holds at once",
        tags,
        params,
        body: consentBody,
        response: { 200: ownerSchema, 204: writtenSchema },
      },
    },
    async (request, reply) => {
      const { vin } = request.params;
      const caller = callerOf(request);
      await requireOwner(deps, caller, vin);
      const entry = { ...request.body, vin, atMs: now(), recordedBy: `${caller.role}:${caller.name}` };
      await db.transaction((tx) => recordConsent(tx, entry));
      return answerChange(reply, caller, "personal", () => readOwner(deps, caller, vin));
    },
  );
}

type Caller = ReturnType<typeof callerOf>;

/** An owner of this vehicle is known; anybody else's is "not found" for an owner. */
async function requireOwner({ db }: ApiDeps, caller: Caller, vin: string): Promise<void> {
  await requireVehicle(db, caller, vin);
  const known = await db.query("SELECT 1 AS one FROM vehicle_contacts WHERE vin = $1", [vin], z.unknown());
  if (known.length === 0) throw notFound(`owner of vehicle ${vin}`);
}

async function readOwner(deps: ApiDeps, caller: Caller, vin: string) {
  await requireOwner(deps, caller, vin);
  // The second channel's address stands among the wishes.
  await recordPersonalRead(deps.db, { actor: `${caller.role}:${caller.name}`, vin, why: "wishes and consents" }, deps.now());
  const read = async (tx: Queryable) => ({ vin, preferences: await findPreferences(tx, vin), consents: await listConsents(tx, vin) });
  return readAs(deps.db, caller, read);
}

type Preferences = z.infer<typeof preferencesSchema>;
type Wished = { readonly [K in keyof Preferences]?: Preferences[K] | undefined };

function merged(known: Preferences | null, wished: Wished): Preferences {
  const { quietFromMin, quietToMin, maxPerMonth, digestAtMin, fallbackChannel, fallbackAddress } = wished;
  const keep = <T>(value: T | null | undefined, before: T | null | undefined): T | null => (value === undefined ? (before ?? null) : value);
  return {
    quietFromMin: keep(quietFromMin, known?.quietFromMin),
    quietToMin: keep(quietToMin, known?.quietToMin),
    maxPerMonth: keep(maxPerMonth, known?.maxPerMonth),
    digestAtMin: keep(digestAtMin, known?.digestAtMin),
    fallbackChannel: keep(fallbackChannel, known?.fallbackChannel),
    fallbackAddress: keep(fallbackAddress, known?.fallbackAddress),
  };
}
