import type { Decoded, Format, RejectionReason } from "@bellwether/contracts/sample";
import type { Edition } from "../gbt32960/frame.ts";
import type { MakerLayouts } from "../gbt32960/makerLayout.ts";
import type { EditionMemory } from "./emqx/editionMemory.ts";
import type { IsolationUnit, TyrePressureUnit } from "./tesla/units.ts";
import type { VssRelease } from "./vss/release.ts";

/** What the platform's owner has declared about payloads that do not say it themselves; absent: each codec's own default. */
export interface DecodeOptions {
  /** Meaning of maker-defined GB/T items. */
  readonly layouts?: MakerLayouts | undefined;
  /** Edition of vehicles whose gateway JSON does not always tell it; the only state a decoder has. */
  readonly editions?: EditionMemory<Edition> | undefined;
  /** Schemas of the registry, where one is configured; what they do not have yet is fetched before a delivery is decoded. */
  readonly schemas?: SchemaReader | undefined;
  readonly vssRelease?: VssRelease | undefined;
  readonly teslaTyreUnit?: TyrePressureUnit | undefined;
  /** Absent: what Tesla calls isolation resistance lands as an extra, because rules on a guessed unit would cry wolf. */
  readonly teslaIsolationUnit?: IsolationUnit | undefined;
  /** Default "charge": in the one published recording of a charge the current is positive. */
  readonly teslaCurrentSign?: CurrentSign | undefined;
}

/** What a record with a schema id says; never throws. */
export interface SchemaReader {
  /** `payload` behind its id. */
  decode(id: number, payload: Buffer, context: DecodeContext): Decoded;
}

/** Which direction of a pack's current a source counts as positive. */
export const CURRENT_SIGNS = ["charge", "discharge"] as const;
export type CurrentSign = (typeof CURRENT_SIGNS)[number];

/** What the transport knows about a payload. */
export interface DecodeContext {
  /** When the platform received the record, ms since 1970 UTC. */
  readonly receivedTimeMs: number;
  /** The record's key: the vehicle, for payloads that do not name it. */
  readonly key?: string | undefined;
  readonly options?: DecodeOptions | undefined;
}

/** One payload format: how its content is recognised and what it says. Neither function throws, whatever the bytes. */
export interface Codec<Payload = Buffer> {
  readonly format: Format;
  readonly recognises: (payload: Payload) => boolean;
  /** One entry per report or frame in the payload, in its order; never empty. */
  readonly decode: (payload: Payload, context: DecodeContext) => readonly Decoded[];
}

/** Bad data as a value. `detail` is one line that says what was expected and what came, never the payload. */
export function rejected(reason: RejectionReason, detail: string): Extract<Decoded, { kind: "rejected" }> {
  return { kind: "rejected", rejection: { reason, detail } };
}
