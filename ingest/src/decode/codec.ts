import type { Decoded, Format, RejectionReason } from "@bellwether/contracts/sample";

/** What the transport knows about a payload. */
export interface DecodeContext {
  /** When the platform received the record, ms since 1970 UTC. */
  readonly receivedTimeMs: number;
}

/** One payload format: how its content is recognised and what it says. Neither function throws, whatever the bytes. */
export interface Codec {
  readonly format: Format;
  readonly recognises: (payload: Buffer) => boolean;
  /** One entry per report or frame in the payload, in its order; never empty. */
  readonly decode: (payload: Buffer, context: DecodeContext) => readonly Decoded[];
}

/** Bad data as a value. `detail` is one line that says what was expected and what came, never the payload. */
export function rejected(reason: RejectionReason, detail: string): Extract<Decoded, { kind: "rejected" }> {
  return { kind: "rejected", rejection: { reason, detail } };
}
