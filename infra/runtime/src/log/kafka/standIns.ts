/**
 * Records without content in the place of those of a batch that is not inflated, in Kafka's record format (KIP-98): same
 * number, same offsets, no key, no value, one header that says why.
 */

/** Of a record batch (magic 2), all before the records. */
const HEADER_BYTES = 61;
const MAGIC_AT = 16;
const LAST_DELTA_AT = 23;
const COUNT_AT = 57;
/** More records than this are not made up; kafkajs would hold an object for each. */
const RECORDS_MAX = 250_000;

/**
 * The stand-ins for the records of a compressed batch. kafkajs hands over the compressed part only, as a view into the batch,
 * so the batch's header is read from in front of it. Throws where there is none.
 */
export function standInsFor(compressed: Buffer, headerName: string, headerText: string): Buffer {
  const start = compressed.byteOffset - HEADER_BYTES;
  const header = start >= 0 ? Buffer.from(compressed.buffer, start, HEADER_BYTES) : undefined;
  if (header === undefined || header[MAGIC_AT] !== 2) throw new Error(`${headerText}: not in a record batch`);
  const records = header.readInt32BE(COUNT_AT);
  const lastDelta = header.readInt32BE(LAST_DELTA_AT);
  if (records > RECORDS_MAX) throw new Error(`${headerText}: of ${records} records, more than ${RECORDS_MAX}`);
  const tail = Buffer.concat([NO_KEY_NO_VALUE, sized(Buffer.from(headerName)), sized(Buffer.from(headerText))]);
  const standIns = Array.from({ length: records }, (_, i) => standIn(i === records - 1 ? lastDelta : i, tail));
  return Buffer.concat(standIns);
}

/** Length -1 twice, then one header. */
const NO_KEY_NO_VALUE = Buffer.from([1, 1, 2]);

/** Attributes 0, time as the batch's first, the offset's distance from the batch's first. */
function standIn(offsetDelta: number, tail: Buffer): Buffer {
  return sized(Buffer.concat([Buffer.from([0, 0]), varint(offsetDelta), tail]));
}

function sized(bytes: Buffer): Buffer {
  return Buffer.concat([varint(bytes.length), bytes]);
}

/** Zigzag varint of a number from 0 to 2^31 - 1. */
function varint(number: number): Buffer {
  const bytes: number[] = [];
  let rest = number * 2;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...bytes, rest]);
}
