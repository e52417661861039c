/**
 * JSON read where it stands, byte by byte, for payloads whose keys are known: no text, object or list is made of it. JSON.parse
 * costs 11 µs of the 20 a report of 1 KB takes (measured), nearly all of it for things nobody keeps.
 *
 * Every method gives up on what it does not know (escapes, letters beyond ASCII, nesting); the caller then leaves the payload to
 * JSON.parse. What it does take it takes as JSON.parse would, to the last bit of a number (jsonCursor.test.ts).
 */

const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;
const UPPER_E = 0x45;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const LOWER_E = 0x65;
const TILDE = 0x7e;

/** Whole numbers up to 10^15 and powers of ten up to 10^22 are exact, so one division of them rounds as correctly as a parser does. */
const EXACT_DIGITS = 15;
/** As many digits fit into 31 bits. */
const PLAIN_CHARACTERS = 9;
export const NULL_BYTES = Buffer.from("null");
const TENS = Float64Array.from({ length: EXACT_DIGITS + 1 }, (_, i) => 10 ** i);

/** Words by their bytes: open addressing over FNV-1a, as a cursor reads them. */
export class ByteWords {
  readonly #words: readonly Buffer[];
  readonly #slots: Int16Array;

  constructor(words: readonly string[]) {
    this.#words = words.map((word) => Buffer.from(word, "latin1"));
    this.#slots = new Int16Array(2 ** Math.ceil(Math.log2(words.length * 4))).fill(-1);
    for (const [i, word] of this.#words.entries()) {
      let slot = hashOf(word) & (this.#slots.length - 1);
      while (this.#slots[slot] !== -1) slot = (slot + 1) & (this.#slots.length - 1);
      this.#slots[slot] = i;
    }
  }

  /** Position of the word that stands in `bytes` between `from` and `to`, whose hash is known; -1 where there is none. */
  find(bytes: Buffer, from: number, to: number, hash: number): number {
    const slots = this.#slots;
    for (let slot = hash & (slots.length - 1); ; slot = (slot + 1) & (slots.length - 1)) {
      const position = slots[slot] ?? -1;
      const word = this.#words[position];
      if (word === undefined) return -1;
      if (word.length === to - from && isSame(word, bytes, from)) return position;
    }
  }
}

export class JsonCursor {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Where the text that was read last begins and ends, without its quotes. */
  textFrom = 0;
  textTo = 0;
  #hash = 0;
  #digits = 0;

  open(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#at = 0;
  }

  /** The next byte that is not white space; 0 at the end. */
  peek(): number {
    const bytes = this.#bytes;
    let at = this.#at;
    while ((bytes[at] ?? 0) <= SPACE && isSpace(bytes[at] ?? 0)) at++;
    this.#at = at;
    return bytes[at] ?? 0;
  }

  /** Steps over a byte if it comes next. */
  take(byte: number): boolean {
    if (this.peek() !== byte) return false;
    this.#at++;
    return true;
  }

  isAtEnd(): boolean {
    return this.peek() === 0 && this.#at >= this.#bytes.length;
  }

  /** Steps over a word such as `null`; what stands behind it shows whether it was all of the word. */
  takeWord(word: Buffer): boolean {
    this.peek();
    return this.takeBytes(word);
  }

  /** Steps over these very bytes if they come next, with nothing before them. */
  takeBytes(word: Buffer): boolean {
    if (!isSame(word, this.#bytes, this.#at)) return false;
    this.#at += word.length;
    return true;
  }

  /** Steps over a text of plain ASCII; false where there is none. */
  takeText(): boolean {
    if (!this.take(QUOTE)) return false;
    const bytes = this.#bytes;
    let at = this.#at;
    let hash = HASH_START;
    this.textFrom = at;
    for (;;) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) break;
      if (byte < SPACE || byte > TILDE || byte === BACKSLASH) return false;
      hash = Math.imul(hash ^ byte, HASH_FACTOR);
      at++;
    }
    this.textTo = at;
    this.#hash = hash ^ (hash >>> 15);
    this.#at = at + 1;
    return true;
  }

  /** Which of the words the text that was read last is; -1 for none of them. */
  wordAmong(words: ByteWords): number {
    return words.find(this.#bytes, this.textFrom, this.textTo, this.#hash);
  }

  text(): string {
    return this.#bytes.toString("latin1", this.textFrom, this.textTo);
  }

  /** Steps over a number; NaN where there is none. */
  takeNumber(): number {
    this.peek();
    const from = this.#at;
    const isNegative = this.#takeHere(MINUS);
    const first = this.#at;
    this.#digits = 0;
    const whole = this.#takeDigits();
    if (whole === 0 || (whole > 1 && this.#bytes[first] === ZERO)) return Number.NaN;
    const decimals = this.#takeFraction();
    const exponent = this.#takeExponent();
    if (decimals < 0 || exponent < 0) return Number.NaN;
    if (exponent > 0 || whole + decimals > EXACT_DIGITS) return Number(this.#bytes.toString("latin1", from, this.#at));
    const number = this.#digits / (TENS[decimals] ?? 1);
    return isNegative ? -number : number;
  }

  /** Digits behind a point; 0 without a point, -1 where none follow it. */
  #takeFraction(): number {
    return this.#takeHere(POINT) ? this.#takeDigits() || -1 : 0;
  }

  /** Digits of an exponent; 0 without one, -1 where it has none. */
  #takeExponent(): number {
    if (!this.#takeHere(LOWER_E) && !this.#takeHere(UPPER_E)) return 0;
    if (!this.#takeHere(MINUS)) this.#takeHere(PLUS);
    return this.#takeDigits() || -1;
  }

  #takeHere(byte: number): boolean {
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }

  /** Steps over digits and appends them to `#digits`; how many there are. */
  #takeDigits(): number {
    const bytes = this.#bytes;
    const from = this.#at;
    let at = from;
    let digits = this.#digits;
    for (let byte = bytes[at] ?? 0; byte >= ZERO && byte <= NINE; byte = bytes[++at] ?? 0) digits = digits * 10 + (byte - ZERO);
    this.#digits = digits;
    this.#at = at;
    return at - from;
  }

  /**
   * Steps over a list of numbers and nulls, which become NaN; how many it wrote into `into`, -1 where it is no such list or too long.
   * Most of a report is such a list, so the usual element (`3.657,`) is read in one go, in whole numbers of 32 bits.
   */
  takeNumbers(into: Float64Array): number {
    if (!this.take(OPEN_BRACKET)) return -1;
    if (this.take(CLOSE_BRACKET)) return 0;
    for (let length = 0; length < into.length; ) {
      const plain = this.#takePlainNumber();
      if (!Number.isNaN(plain)) {
        into[length++] = plain;
        continue;
      }
      const number = this.takeNumber();
      if (Number.isNaN(number) && !this.takeWord(NULL_BYTES)) return -1;
      into[length++] = number;
      if (this.take(CLOSE_BRACKET)) return length;
      if (!this.take(COMMA)) return -1;
    }
    return -1;
  }

  /** Steps over an element of few digits and the comma right behind it; NaN where it is another, which stays where it is. */
  #takePlainNumber(): number {
    const bytes = this.#bytes;
    const from = this.#at;
    let at = from;
    let digits = 0;
    let point = -1;
    let byte = bytes[at] ?? 0;
    for (; at - from < PLAIN_CHARACTERS; byte = bytes[++at] ?? 0) {
      if (byte >= ZERO && byte <= NINE) digits = (digits * 10 + (byte - ZERO)) | 0;
      else if (byte === POINT && point < 0) point = at - from;
      else break;
    }
    const length = at - from;
    if (byte !== COMMA || !isNumber(length, point, bytes[from] ?? 0)) return Number.NaN;
    this.#at = at + 1;
    return point < 0 ? digits : digits / (TENS[length - point - 1] ?? 1);
  }
}

/** Whether digits with at most one point (at `point`, -1 without) are a number: not empty, `.5`, `5.` or `05`. */
function isNumber(length: number, point: number, first: number): boolean {
  if (length === 0 || point === 0 || point === length - 1) return false;
  return first !== ZERO || length === 1 || point === 1;
}

const HASH_START = 0x811c9dc5;
const HASH_FACTOR = 0x01000193;

function hashOf(word: Buffer): number {
  let hash = HASH_START;
  for (const byte of word) hash = Math.imul(hash ^ byte, HASH_FACTOR);
  return hash ^ (hash >>> 15);
}

function isSame(word: Buffer, bytes: Buffer, at: number): boolean {
  for (let i = word.length - 1; i >= 0; i--) if (word[i] !== bytes[at + i]) return false;
  return true;
}

function isSpace(byte: number): boolean {
  return byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
