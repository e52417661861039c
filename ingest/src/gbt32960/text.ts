/** Text fields: ASCII, NUL-filled; GB 18030 where Chinese is allowed. */
import type { Codec } from "./fields.ts";
import { trimPadding } from "./frame.ts";

const GB18030 = new TextDecoder("gb18030");

/** Text of a fixed width; blanks and NULs at the end are not part of it. */
export function text(bytes: number): Codec<string> {
  return {
    read: (cursor) => trimPadding(decodeText(cursor.take(bytes))),
    write(writer, reading) {
      const field = Buffer.alloc(bytes);
      field.write(reading, "latin1");
      writer.bytes(field);
    },
  };
}

function decodeText(bytes: Buffer): string {
  return bytes.every((byte) => byte < 0x80) ? bytes.toString("latin1") : GB18030.decode(bytes);
}
