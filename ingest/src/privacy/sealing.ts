import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from "node:crypto";

/** A dead letter's content as it came. */
export interface LetterContent {
  readonly key: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Buffer;
}

export interface Sealing {
  /** Encrypts with AES-256-GCM; the same content gives the same bytes, so that a rebuilt block equals the first one. */
  seal(content: LetterContent): Buffer;
  /** The content again; null when the bytes were sealed with another key. */
  open(sealed: Buffer): LetterContent | null;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const LENGTH_BYTES = 4;
const NO_KEY = 0xffff_ffff;

/** Sealing with a key of its own, derived from the secret by HKDF-SHA-256. */
export function createSealing(secret: string): Sealing {
  const derive = (purpose: string) => Buffer.from(hkdfSync("sha256", secret, "", `bellwether ${purpose}`, 32));
  const sealKey = derive("dead letters");
  const nonceKey = derive("dead letter nonces");
  return {
    seal(content) {
      const plain = pack(content);
      // A nonce from the content itself (as in AES-SIV): never the same for two contents, always the same for one.
      const nonce = createHmac("sha256", nonceKey).update(plain).digest().subarray(0, NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", sealKey, nonce);
      const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
    },
    open(sealed) {
      if (sealed.length < NONCE_BYTES + TAG_BYTES) return null;
      const decipher = createDecipheriv("aes-256-gcm", sealKey, sealed.subarray(0, NONCE_BYTES));
      decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      try {
        return unpack(Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]));
      } catch {
        return null;
      }
    },
  };
}

function pack({ key, headers, value }: LetterContent): Buffer {
  const headerText = Buffer.from(JSON.stringify(headers));
  const lengths = Buffer.alloc(2 * LENGTH_BYTES);
  lengths.writeUInt32BE(key?.length ?? NO_KEY, 0);
  lengths.writeUInt32BE(headerText.length, LENGTH_BYTES);
  return Buffer.concat([lengths, key ?? Buffer.alloc(0), headerText, value]);
}

function unpack(plain: Buffer): LetterContent {
  const keyLength = plain.readUInt32BE(0);
  const keyAt = 2 * LENGTH_BYTES;
  const headersAt = keyAt + (keyLength === NO_KEY ? 0 : keyLength);
  const valueAt = headersAt + plain.readUInt32BE(LENGTH_BYTES);
  return {
    key: keyLength === NO_KEY ? null : plain.subarray(keyAt, headersAt),
    headers: JSON.parse(plain.toString("utf8", headersAt, valueAt)),
    value: plain.subarray(valueAt),
  };
}
