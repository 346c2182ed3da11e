/**
 * A stream of bytes in which the values of one side stand in place of the other's, also where a value is
 * split over what arrives [06 §4.3; new].
 *
 * What may be the beginning of a value is held back until more has come, or until `flush`: never more than
 * the longest value.
 */
import { EMPTY, concat, isDigit, startsWith } from '../../bytes/bytes.js';
import { pieceLength } from '../../model/frames.js';
import type { LengthField } from '../../model/types.js';
import type { Edges, Pattern } from './patterns.js';
import { isWordByte } from './values.js';

/** Bytes of a frame that are looked at for its length. */
const HEADER = 64;
/** Bytes before a value that its context may take. */
const PAST = 8;

/** One direction. */
export class Translator {
  readonly #framing: LengthField | undefined;
  #byFirst = new Map<number, Pattern[]>();
  #held: Uint8Array = EMPTY;
  /** The last bytes that have passed, as they came. */
  #past: number[] = [];
  /** Bytes of the message so far. */
  #at = 0;
  /** In frames: the beginning of this one, and where it ends, once that is known. */
  #header: number[] = [];
  #end: number | null = null;
  #isFramed: boolean;

  /** @param framing what tells one message from the next, where there is such a thing */
  constructor(framing: LengthField | undefined) {
    this.#framing = framing;
    this.#isFramed = framing !== undefined;
  }

  /** What is to be replaced from now on. */
  use(patterns: readonly Pattern[]): void {
    this.#byFirst = new Map();
    for (const pattern of patterns) {
      const first = pattern.from[0] ?? 0;
      // what changes its length would make the length of its frame wrong
      if (this.#framing && pattern.from.length !== pattern.to.length) continue;
      const those = this.#byFirst.get(first);
      if (those) those.push(pattern);
      else this.#byFirst.set(first, [pattern]);
    }
  }

  /** Bytes that are held back. */
  get held(): number {
    return this.#held.length;
  }

  /** A new message begins, as far as its sender's silence can tell. */
  begin(): void {
    if (!this.#isFramed) this.#at = 0;
  }

  /** The next bytes, as far as they are certain. */
  push(bytes: Uint8Array): Uint8Array {
    return this.#run(this.#held.length === 0 ? bytes : concat([this.#held, bytes]), false);
  }

  /** What is held back: nothing follows it. */
  flush(): Uint8Array {
    return this.#run(this.#held, true);
  }

  #run(bytes: Uint8Array, isAll: boolean): Uint8Array {
    this.#held = EMPTY;
    const out: Uint8Array[] = [];
    let plain = 0;
    let at = 0;
    while (at < bytes.length) {
      const found = this.#match(bytes, at, isAll);
      if (found === 'perhaps') {
        this.#held = bytes.slice(at);
        break;
      }
      const length = found?.from.length ?? 1;
      if (found) {
        out.push(bytes.subarray(plain, at), found.to);
        plain = at + length;
      }
      for (let i = 0; i < length; i++) this.#pass(bytes[at + i] ?? 0);
      at += length;
    }
    if (out.length === 0 && at === bytes.length) return bytes;
    out.push(bytes.subarray(plain, at));
    return concat(out);
  }

  #match(bytes: Uint8Array, at: number, isAll: boolean): Pattern | 'perhaps' | null {
    const those = this.#byFirst.get(bytes[at] ?? 0);
    if (!those) return null;
    for (const pattern of those) {
      const { from, window, place, before } = pattern;
      const isHere = this.#at < window || this.#at === place || (before.length > 0 && this.#isBehind(before));
      if (!isHere || !leftIs(pattern.edges, this.#past)) continue;
      const rest = bytes.length - at;
      const whole = from.length + rightOf(pattern.edges);
      if (rest >= whole || isAll) {
        if (startsWith(bytes, from, at) && rightIs(pattern.edges, bytes, at + from.length)) return pattern;
      } else if (startsWith(bytes, from.subarray(0, rest), at)) return 'perhaps';
    }
    return null;
  }

  #isBehind(before: Uint8Array): boolean {
    const from = this.#past.length - before.length;
    return from >= 0 && before.every((byte, i) => this.#past[from + i] === byte);
  }

  #pass(byte: number): void {
    this.#past.push(byte);
    if (this.#past.length > 4 * PAST) this.#past = this.#past.slice(-PAST);
    this.#at++;
    if (!this.#isFramed || !this.#framing) return;
    if (this.#end === null && this.#header.length < HEADER) {
      this.#header.push(byte);
      const length = pieceLength(this.#framing, Uint8Array.from(this.#header), 0);
      if (length !== null && length > 0) this.#end = length;
      else if (length !== null) this.#isFramed = false;
    }
    if (this.#end === null || this.#at < this.#end) return;
    this.#at = 0;
    this.#end = null;
    this.#header = [];
  }
}

function isBase64(byte: number | undefined): boolean {
  return isWordByte(byte) || byte === 0x2b || byte === 0x2f || byte === 0x3d;
}

/** Bytes behind a value that say whether it is whole. */
function rightOf(edges: Edges): number {
  return edges === 'any' ? 0 : edges === 'no wide digit' ? 2 : 1;
}

function leftIs(edges: Edges, past: readonly number[]): boolean {
  const last = past.at(-1);
  switch (edges) {
    case 'any':
      return true;
    case 'no digit':
      return !isDigit(last);
    case 'no word':
      return !isWordByte(last);
    case 'no base64':
      return !isBase64(last);
    case 'no wide digit':
      return !(last === 0 && isDigit(past.at(-2)));
  }
}

function rightIs(edges: Edges, bytes: Uint8Array, at: number): boolean {
  switch (edges) {
    case 'any':
      return true;
    case 'no digit':
      return !isDigit(bytes[at]);
    case 'no word':
      return !isWordByte(bytes[at]);
    case 'no base64':
      return !isBase64(bytes[at]);
    case 'no wide digit':
      return !(isDigit(bytes[at]) && bytes[at + 1] === 0);
  }
}
