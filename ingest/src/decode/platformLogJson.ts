/** The log of the 36node GB/T 32960 platform: a parsed report beside the frame it came from. The frame is what we read. */
import type { Decoded, Sample } from "@bellwether/contracts/sample";
import { type DecodeContext, rejected } from "./codec.ts";
import { decodeGbt32960 } from "./gbt32960.ts";
import { isObject } from "./json.ts";

const HEX = /^([0-9A-Fa-f]{2})+$/;

export function isPlatformLogJson(json: unknown): boolean {
  return isObject(json) && typeof json["origin"] === "string" && isObject(json["request"]);
}

export function decodePlatformLogJson(json: unknown, context: DecodeContext): readonly Decoded[] {
  const origin = isObject(json) ? json["origin"] : undefined;
  if (typeof origin !== "string" || !HEX.test(origin)) return [rejected("schema", "expected origin as the whole frame in hex")];
  return decodeGbt32960(Buffer.from(origin, "hex"), context).map((decoded) =>
    decoded.kind === "samples" ? { kind: "samples", samples: decoded.samples.map(asLogged) } : decoded,
  );
}

function asLogged(sample: Sample): Sample {
  return { ...sample, format: "36node-json" };
}
