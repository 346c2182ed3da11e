/**
 * A request in a few words, so that requests that do the same look the same [new].
 *
 * Alignment [05 §2.4] tells best which requests are alike, but costs a table of bytes by bytes for each
 * pair; unknown requests may come by the thousand in a second. A sketch is the beginning of a request as a
 * few tokens: words as they are, numbers and long texts masked. Two sketches are aligned instead, with
 * weights: what a request does is said early in it, in words, and not in what all requests of a service say.
 */

/** Tokens of a sketch, and the bytes that are looked at. */
const MOST_TOKENS = 32;
const MOST_BYTES = 512;
/** Words longer than this are contents. */
const LONG = 24;
/** How fast tokens lose weight with their place. */
const HALF_AT = 4;

/** One token; those that may have another value next time are masked. */
export type Token = string;

const NUMBER = '#';
const LONG_WORD = '…';
/** What a template has where its samples differ. */
export const ANY = '*';

const isLetter = (byte: number): boolean => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x09;

/** End of the run of bytes that are like the first one. */
function runEnd(bytes: Uint8Array, from: number, like: (byte: number) => boolean): number {
  let at = from;
  while (at < bytes.length && like(bytes[at] ?? 0)) at++;
  return at;
}

function wordOf(bytes: Uint8Array, from: number, to: number): Token {
  if (to - from > LONG) return LONG_WORD;
  return String.fromCharCode(...bytes.subarray(from, to));
}

/** The tokens of a request's beginning. */
export function sketch(request: Uint8Array): Token[] {
  const bytes = request.subarray(0, MOST_BYTES);
  const tokens: Token[] = [];
  for (let at = 0; at < bytes.length && tokens.length < MOST_TOKENS;) {
    const byte = bytes[at] ?? 0;
    let end = at + 1;
    let token: Token;
    if (isLetter(byte)) {
      end = runEnd(bytes, at, isLetter);
      token = wordOf(bytes, at, end);
    } else if (isDigit(byte)) {
      end = runEnd(bytes, at, isDigit);
      token = NUMBER;
    } else if (isSpace(byte)) {
      end = runEnd(bytes, at, isSpace);
      token = ' ';
    } else if (byte > 0x20 && byte < 0x7f) token = String.fromCharCode(byte);
    else {
      if (byte === 0) end = runEnd(bytes, at, (b) => b === 0);
      token = `\\x${byte.toString(16).padStart(2, '0')}`;
    }
    tokens.push(token);
    at = end;
  }
  return tokens;
}

/** Two letters or more. */
export function isWord(token: Token): boolean {
  return token.length > 1 && isLetter(token.charCodeAt(0));
}

/** How much a token at a place says, before it is known how common it is. */
export function weightAt(token: Token, at: number): number {
  if (token === ANY) return 0;
  const place = 1 / (1 + at / HALF_AT);
  if (isWord(token)) return place;
  if (token.startsWith('\\x')) return place / 2;
  if (isLetter(token.charCodeAt(0))) return place / 2;
  return place / 4;
}

/** A sketch as a reader sees it. */
export function sketchText(tokens: readonly Token[]): string {
  return tokens.join('').replaceAll(/\*+/g, '*');
}

/** Tokens with what each of them weighs. */
interface Weighed {
  readonly tokens: readonly Token[];
  readonly weights: readonly number[];
}

const WIDTH = MOST_TOKENS + 1;
/** The table of the alignment at hand: it is needed thousands of times in a second. */
const best = new Float64Array(WIDTH * WIDTH);

/** Pairs of places of equal tokens, in order, that weigh most together: the alignment of two sketches. */
export function align(
  { tokens: left, weights: leftWeights }: Weighed,
  { tokens: right, weights: rightWeights }: Weighed,
): { readonly weight: number; readonly pairs: readonly (readonly [number, number])[] } {
  const gain = (i: number, j: number): number =>
    left[i] === right[j] ? Math.min(leftWeights[i] ?? 0, rightWeights[j] ?? 0) : 0;
  const height = Math.min(left.length, MOST_TOKENS);
  const width = Math.min(right.length, MOST_TOKENS);
  best.fill(0);
  for (let i = height - 1; i >= 0; i--) {
    for (let j = width - 1; j >= 0; j--) {
      const here = gain(i, j);
      const skip = Math.max(best[(i + 1) * WIDTH + j] ?? 0, best[i * WIDTH + j + 1] ?? 0);
      best[i * WIDTH + j] = here > 0 ? Math.max(skip, here + (best[(i + 1) * WIDTH + j + 1] ?? 0)) : skip;
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < height && j < width;) {
    const here = gain(i, j);
    const value = best[i * WIDTH + j] ?? 0;
    if (here > 0 && value === here + (best[(i + 1) * WIDTH + j + 1] ?? 0)) pairs.push([i++, j++]);
    else if (value === (best[(i + 1) * WIDTH + j] ?? 0)) i++;
    else j++;
  }
  return { weight: best[0] ?? 0, pairs };
}
