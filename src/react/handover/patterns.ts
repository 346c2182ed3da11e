/**
 * What is looked for in one direction and what is put in its place: each value that two servers made up, in
 * the writings in which it may come back [06 §4.3; new].
 *
 * A value is replaced wherever it stands, if it is so long that it does not stand there by chance. A shorter
 * one is replaced in so much of a message as makes chance improbable, and behind that only where it stood in
 * the answer: at the same place of the message, or behind the same bytes.
 */
import { equal, fromLatin1, toLatin1 } from '../../bytes/bytes.js';
import type { Pair } from './values.js';

/** Values that are kept; the oldest go first. */
export const MOST_PAIRS = 64;
/** One wrong replacement in so many messages is put up with. */
const RARE = 512;
/** Bits above which a value can not be chance in any message. */
const SURE = 32;
/** A word with fewer bits is a number or a code, no name of something. */
const NAME = 13;
/** Letters alone are a name that somebody made up only when there are so many of them. */
const LONG_WORD = 16;

/** What has to stand on both sides. */
export type Edges = 'any' | 'no digit' | 'no word' | 'no base64' | 'no wide digit';

/** One replacement. */
export interface Pattern {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  readonly edges: Edges;
  /** It counts everywhere in the first bytes of a message, so many of them … */
  readonly window: number;
  /** … at this offset (-1: none), … */
  readonly place: number;
  /** … and behind these bytes, if there are any. */
  readonly before: Uint8Array;
}

/** Addresses of the two conversations: the client's with us, and ours with the real host. */
export interface Addresses {
  readonly client: string;
  readonly ours: string;
  readonly theirs: string;
  /** Ours, as the real host sees it: what it takes for the client's. */
  readonly local: string;
}

/** Which way. */
export type Direction = 'to backend' | 'to client';

/** All replacements of one direction, the longest first. */
export function patternsOf(pairs: readonly Pair[], addresses: Addresses, direction: Direction): Pattern[] {
  const found = new Map<string, Pattern>();
  // later ones win: they are added first
  for (const pair of [...pairs].reverse()) {
    for (const pattern of ofPair(pair, direction)) add(found, pattern);
  }
  for (const pattern of ofAddresses(addresses, direction)) add(found, pattern);
  return [...found.values()].sort((a, b) => b.from.length - a.from.length);
}

function add(found: Map<string, Pattern>, pattern: Pattern): void {
  if (pattern.from.length === 0 || equal(pattern.from, pattern.to)) return;
  const key = `${pattern.edges} ${pattern.place} ${toLatin1(pattern.from)}`;
  if (!found.has(key)) found.set(key, pattern);
}

function ofPair(pair: Pair, direction: Direction): Pattern[] {
  const isOut = direction === 'to backend';
  const from = isOut ? pair.ours : pair.theirs;
  const to = isOut ? pair.theirs : pair.ours;
  const place = isOut ? pair.at : pair.theirsAt;
  return pair.isWord ? ofWord(from, to, pair.before) : ofBytes(from, to, place, pair.before);
}

function ofWord(from: Uint8Array, to: Uint8Array, before: Uint8Array): Pattern[] {
  const text = toLatin1(from);
  const other = toLatin1(to);
  const bits = wordBits(text);
  const isName = bits >= NAME && (/\d/.test(text) || text.length >= LONG_WORD);
  const none = { place: -1, before: new Uint8Array(0) };
  if (!isName) return isTelling(before) ? [{ from, to, edges: 'no word', window: 0, place: -1, before }] : [];
  const patterns: Pattern[] = [{ from, to, edges: 'no word', window: Infinity, ...none }];
  if (bits < SURE) return patterns;
  const wide = (value: string) => fromLatin1(Array.from(value, (c) => `${c}\0`).join(''));
  patterns.push({ from: wide(text), to: wide(other), edges: 'any', window: Infinity, ...none });
  const base64 = (value: Uint8Array) => fromLatin1(Buffer.from(value).toString('base64'));
  patterns.push({ from: base64(from), to: base64(to), edges: 'no base64', window: Infinity, ...none });
  const isHex = (value: string) => value.length % 2 === 0 && /^[0-9a-f]+$/i.test(value);
  if (isHex(text) && isHex(other)) {
    const raw = (value: string) => new Uint8Array(Buffer.from(value, 'hex'));
    patterns.push({ from: raw(text), to: raw(other), edges: 'any', window: windowOf(text.length * 4), ...none });
  }
  return patterns;
}

function ofBytes(from: Uint8Array, to: Uint8Array, place: number, before: Uint8Array): Pattern[] {
  const bits = byteBits(from);
  const telling = isTelling(before) ? before : new Uint8Array(0);
  const patterns: Pattern[] = [{ from, to, edges: 'any', window: windowOf(bits), place, before: telling }];
  const none = { place: -1, before: new Uint8Array(0) };
  if (bits >= 2 * 8) {
    for (const upper of [false, true]) {
      const hex = (value: Uint8Array) => {
        const text = Buffer.from(value).toString('hex');
        return fromLatin1(upper ? text.toUpperCase() : text);
      };
      patterns.push({ from: hex(from), to: hex(to), edges: 'no word', window: Infinity, ...none });
    }
    for (const isLittle of [false, true]) {
      const [number, other] = [decimalOf(from, isLittle), decimalOf(to, isLittle)];
      if (number && other && number.length > 3)
        patterns.push({ from: number, to: other, edges: 'no word', window: Infinity, ...none });
    }
  }
  if (bits >= SURE) {
    const base64 = (value: Uint8Array) => fromLatin1(Buffer.from(value).toString('base64'));
    patterns.push({ from: base64(from), to: base64(to), edges: 'no base64', window: Infinity, ...none });
  }
  return patterns;
}

/** Whether bytes before a value say what it is. */
function isTelling(before: Uint8Array): boolean {
  return before.length > 3 && before.filter((byte) => byte > 0x20 && byte !== 0xff).length > 2;
}

/** Up to six bytes as a decimal number. */
function decimalOf(bytes: Uint8Array, isLittle: boolean): Uint8Array | null {
  if (bytes.length > 6) return null;
  let value = 0;
  for (const byte of isLittle ? [...bytes].reverse() : bytes) value = value * 256 + byte;
  return fromLatin1(String(value));
}

/** Bytes of a message in which a value of so many bits is not met by chance. */
function windowOf(bits: number): number {
  return bits >= SURE ? Infinity : Math.floor(2 ** bits / RARE);
}

/** What a value says: bytes that are 0 or 255 stand everywhere, and bytes that repeat say nothing new. */
function byteBits(bytes: Uint8Array): number {
  return 8 * new Set(bytes.filter((byte) => byte !== 0 && byte !== 0xff)).size;
}

function wordBits(word: string): number {
  const symbols = /^\d*$/.test(word) ? 10 : /^[\da-f]*$/i.test(word) ? 16 : 36;
  return new Set(word).size === 1 ? 0 : word.length * Math.log2(symbols);
}

/** The real host's address for ours, and ours for the client's, as text and as bytes. */
function ofAddresses({ client, ours, theirs, local }: Addresses, direction: Direction): Pattern[] {
  const moves = direction === 'to backend' ? [[ours, theirs] as const] : [[theirs, ours] as const];
  // where the real host's machine is ours too, its address says nothing of the client
  if (local !== theirs && client !== ours) {
    if (direction === 'to backend') moves.push([client, local]);
    else moves.push([local, client]);
  }
  return moves.flatMap(([from, to]) => ofAddress(from, to));
}

function ofAddress(from: string, to: string): Pattern[] {
  if (from === to || from.length < 4) return [];
  const always = { window: Infinity, place: -1, before: new Uint8Array(0) };
  const patterns: Pattern[] = [];
  for (const spell of [(text: string) => text, (text: string) => text.replaceAll('.', ',')])
    patterns.push({ from: fromLatin1(spell(from)), to: fromLatin1(spell(to)), edges: 'no digit', ...always });
  const wide = (text: string) => fromLatin1(Array.from(text, (c) => `${c}\0`).join(''));
  patterns.push({ from: wide(from), to: wide(to), edges: 'no wide digit', ...always });
  const [a, b] = [bytesOf(from), bytesOf(to)];
  if (a && b && byteBits(a) >= 16)
    patterns.push({ from: a, to: b, edges: 'any', ...always, window: windowOf(byteBits(a)) });
  return patterns;
}

function bytesOf(address: string): Uint8Array | null {
  return /^(\d{1,3}\.){3}\d{1,3}$/.test(address) ? Uint8Array.from(address.split('.'), Number) : null;
}
