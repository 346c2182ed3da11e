/**
 * A request as it is clustered and cut into regions: what is the client's own and nobody's functional
 * part, its address, its clock and the words that only it says, is made unlike any other request's.
 *
 * All bytes keep their places, so regions found in the shape are regions of the request. Without this a
 * capture of one afternoon would make the day a fixed region, and a capture of one network its prefix.
 */
import { fromLatin1, indexOf, isDigit, isPrintable, toLatin1 } from '../../bytes/bytes.js';
import { TEXT_FORMATS, findTimes, readCount } from '../../model/clock.js';
import { matchRegions } from '../../model/match.js';
import type { Region } from '../../model/types.js';
import { merged } from './whole-numbers.js';

/** The shortest address text that is not met by chance. */
const LEAST_ADDRESS = 6;
/** A client's clock may be wrong by so much and is still known as a clock. */
const NEAR = 2 * 86_400_000;
const HEAD = 4096;
const DATED = TEXT_FORMATS.filter((format) => format.includes('yyyy'));
const COUNTS = ['filetime le64', 'ntp be64', 'epoch be32', 'epoch le32', 'epoch ms text', 'epoch s text'] as const;

/**
 * The shape of a request.
 *
 * @param address the client's address as text
 * @param now Unix milliseconds at which it was sent
 * @param own places of words that nobody else said (`vocabulary.ts`)
 * @param salt another number for each request, so that what is masked is alike in no two of them
 * @param idle places of what tells nothing of what is asked (`own-lines.ts`): alike in all requests
 */
export function shapeOf(
  request: Uint8Array,
  address: string,
  now: number,
  salt: number,
  own: readonly Spot[] = [],
  idle: readonly Spot[] = [],
): Uint8Array {
  const spots = [...addresses(request, address), ...texts(request, now), ...counts(request, now), ...own];
  if (spots.length + idle.length === 0) return request;
  const shape = request.slice();
  for (const [from, to] of spots) {
    for (let i = from; i < to; i++) shape[i] = otherLetter(request[i] ?? 0, salt * 31 + i + 1);
  }
  for (const [from, to] of idle) for (let i = from; i < to; i++) shape[i] = otherLetter(request[i] ?? 0, 0);
  return shape;
}

/** A letter that is not the one there: what is masked must not look as if it had been kept. */
function otherLetter(byte: number, salt: number): number {
  const letter = 0x61 + ((Math.imul(salt, 0x9e3779b1) >>> 16) % 25);
  return letter === byte ? 0x7a : letter;
}

/** Offsets, the second one behind the last byte. */
type Spot = readonly [from: number, to: number];

function addresses(request: Uint8Array, address: string): Spot[] {
  if (address.length < LEAST_ADDRESS) return [];
  const text = fromLatin1(address);
  const spots: Spot[] = [];
  for (let at = indexOf(request, text); at >= 0; at = indexOf(request, text, at + text.length))
    spots.push([at, at + text.length]);
  return spots;
}

function texts(request: Uint8Array, now: number): Spot[] {
  const text = toLatin1(request.subarray(0, HEAD));
  if (!/\d\d/.test(text)) return [];
  return DATED.flatMap((format) => findTimes(format, text, now))
    .filter((seen) => Math.abs(seen.time - now) < NEAR)
    .map((seen) => [seen.from, seen.to] as const);
}

function counts(request: Uint8Array, now: number): Spot[] {
  const spots: Spot[] = [];
  for (let at = 0; at < Math.min(request.length, HEAD); at++) {
    for (const format of COUNTS) {
      if (format.endsWith('32') && isOther(request.subarray(at, at + 4))) continue;
      const seen = readCount(format, request, at);
      if (seen && Math.abs(seen.time - now) < NEAR) {
        spots.push([seen.from, seen.to]);
        break;
      }
    }
  }
  return spots;
}

/** Hardly any second has a round number: two zeros are the end of something else. */
function isOther(bytes: Uint8Array): boolean {
  return isText(bytes) || bytes.filter((byte) => byte === 0).length >= 2;
}

/** Four letters are a word: that they read as the time of today in binary is chance, and met in any longer text. */
function isText(bytes: Uint8Array): boolean {
  return bytes.every(isPrintable);
}

/** The regions of a shape as regions of the request: a fixed region holds only what was really said. */
export function unmasked(regions: readonly Region[], shape: Uint8Array, request: Uint8Array): readonly Region[] {
  const edges = shape === request ? null : (matchRegions(regions, shape) ?? matchRegions(regions, shape, true));
  if (!edges) return regions;
  return merged(
    regions.flatMap((region, i) => {
      const from = edges[i] ?? 0;
      return region.kind === 'fixed'
        ? said(region.bytes, request.subarray(from, from + region.bytes.length))
        : [region];
    }),
  );
}

/** The shortest text among other bytes that is no chance. */
const LEAST_TEXT = 4;

/** A part that others say otherwise: words have all lengths, numbers keep theirs. */
function someOther(part: Uint8Array): Region[] {
  const { length } = part;
  if (part.every(isDigit) || (isText(part) && length >= LEAST_TEXT))
    return [{ kind: 'mutating', type: 'ascii', min: 1, max: Math.max(2, length) }];
  // a text with its length beside it
  const text = longestText(part);
  if (text >= LEAST_TEXT) return [{ kind: 'mutating', type: 'binary', min: length - text + 1, max: length }];
  return [{ kind: 'mutating', type: 'binary', min: length, max: length }];
}

/** Bytes of the longest text in some bytes. */
function longestText(bytes: Uint8Array): number {
  let [longest, now] = [0, 0];
  for (const byte of bytes) {
    now = isPrintable(byte) ? now + 1 : 0;
    longest = Math.max(longest, now);
  }
  return longest;
}

/** Runs of bytes that two strings share are fixed, the others mutate. */
function said(masked: Uint8Array, real: Uint8Array): Region[] {
  const regions: Region[] = [];
  for (let at = 0; at < real.length;) {
    const same = masked[at] === real[at];
    let to = at + 1;
    while (to < real.length && (masked[to] === real[to]) === same) to++;
    regions.push(
      ...(same ? [{ kind: 'fixed', bytes: real.slice(at, to) } as const] : someOther(real.subarray(at, to))),
    );
    at = to;
  }
  return regions;
}
