/**
 * Matching a message against the regions of a class [05 §2.5], and telling which regions can serve as
 * markers [06 §4.1].
 *
 * The paper matches by the fixed regions in order with anything between them, as a regular expression
 * would. This file does it without one: the work is linear in regions × bytes whatever the message is,
 * because messages come from attackers.
 */
import { startsWith } from '../bytes/bytes.js';
import type { Region } from './types.js';

/** Cells of the table that strict matching may need (one byte each); beyond it only the first try counts. */
const MOST_CELLS = 16 * 1024 * 1024;

/**
 * Boundaries of the regions in `message` (one more than there are regions), or null when it does not match.
 *
 * The regions cover the whole message: a leading fixed region is at its start, a trailing one at its
 * end. Among several ways the leftmost is taken: each mutating region in turn is as short as it can be.
 *
 * Strict (the default), a mutating region that had one length in all of training has that length, and
 * any other is at most four times as long as ever seen, plus 64, and not empty unless it was seen empty.
 * Loose, every length will do.
 */
export function matchRegions(regions: readonly Region[], message: Uint8Array, loose = false): Int32Array | null {
  const first = leftmost(regions, message);
  // The loose match is the most lenient one: without it there is none.
  if (first === null || loose || lengthsFit(regions, first)) return first;
  return strictMatch(regions, message);
}

/**
 * Fixed bytes of a class that a message has which breaks off in one of its fixed regions, or right behind one of them
 * that is not the last; 0: it does not begin as the class does.
 */
export function fixedBefore(regions: readonly Region[], message: Uint8Array): number {
  let most = 0;
  let before = 0;
  for (let i = 0; i < regions.length && before < message.length; i++) {
    const region = regions[i];
    if (region?.kind !== 'fixed') continue;
    const whole = region.bytes.length - (i === regions.length - 1 ? 1 : 0);
    for (let size = Math.min(whole, message.length - before); size > 0; size--) {
      const part = region.bytes.subarray(0, size);
      if (!startsWith(message, part, message.length - size)) continue;
      if (!matchRegions([...regions.slice(0, i), { kind: 'fixed', bytes: part }], message)) continue;
      most = Math.max(most, before + size);
      break;
    }
    before += region.bytes.length;
  }
  return most;
}

/** Fewest and most bytes that a mutating region takes in under strict matching. */
function limits(region: Region): [number, number] {
  if (region.kind === 'fixed') return [region.bytes.length, region.bytes.length];
  if (region.min === region.max) return [region.min, region.max];
  return [region.min > 0 ? 1 : 0, longest(region)];
}

/** Most bytes that a mutating region of varying length takes in under strict matching. */
export function longest({ max }: { readonly max: number }): number {
  return 4 * max + 64;
}

/** Every fixed region as far left as it can be: no way of matching reaches any region earlier. */
function leftmost(regions: readonly Region[], message: Uint8Array): Int32Array | null {
  const count = regions.length;
  const bounds = new Int32Array(count + 1);
  // A trailing run of fixed regions stands at the end; only what is before it is searched for.
  let tail = count;
  let end = message.length;
  for (; tail > 0; tail--) {
    const region = regions[tail - 1];
    if (region?.kind !== 'fixed') break;
    end -= region.bytes.length;
    if (!startsWith(message, region.bytes, end)) return null;
    bounds[tail - 1] = end;
  }
  bounds[count] = message.length;
  if (tail === 0) return end === 0 ? bounds : null;

  let at = 0;
  let anchored = true;
  for (let i = 0; i < tail; i++) {
    const region = regions[i];
    if (region === undefined) return null;
    if (region.kind === 'mutating') {
      bounds[i] = at;
      anchored = false;
      continue;
    }
    const found = anchored ? (startsWith(message, region.bytes, at) ? at : -1) : find(message, region.bytes, at, end);
    if (found < 0 || found + region.bytes.length > end) return null;
    if (!anchored) {
      // Of the mutating regions since the last fixed one, the last takes in everything up to here.
      bounds[i] = found;
      // A run of fixed regions is one string: it was searched for as such only if there is one of them.
      const run = fixedRun(regions, i, tail);
      if (run.length > region.bytes.length) {
        const whole = find(message, run, at, end);
        if (whole < 0) return null;
        bounds[i] = whole;
      }
    } else bounds[i] = found;
    at = (bounds[i] ?? 0) + region.bytes.length;
    anchored = true;
  }
  return bounds;
}

/** The bytes of the fixed regions from `from` to the next mutating one. */
function fixedRun(regions: readonly Region[], from: number, to: number): Uint8Array {
  const first = regions[from];
  const second = from + 1 < to ? regions[from + 1] : undefined;
  if (first?.kind !== 'fixed') return new Uint8Array(0);
  if (second?.kind !== 'fixed') return first.bytes;
  const bytes: number[] = [];
  for (let i = from; i < to; i++) {
    const region = regions[i];
    if (region?.kind !== 'fixed') break;
    bytes.push(...region.bytes);
  }
  return Uint8Array.from(bytes);
}

function lengthsFit(regions: readonly Region[], bounds: Int32Array): boolean {
  return regions.every((region, i) => {
    if (region.kind === 'fixed') return true;
    const length = (bounds[i + 1] ?? 0) - (bounds[i] ?? 0);
    const [least, most] = limits(region);
    return length >= least && length <= most;
  });
}

/**
 * For each region, from the last to the first, the places from which the rest of the message can be
 * matched; then once forward, always taking the shortest. No backtracking, so no message is slow.
 */
function strictMatch(regions: readonly Region[], message: Uint8Array): Int32Array | null {
  const count = regions.length;
  const places = message.length + 1;
  if (places * (count + 1) > MOST_CELLS) return null;
  const can = new Uint8Array(places * (count + 1));
  can[count * places + message.length] = 1;
  for (let i = count - 1; i >= 0; i--) {
    const region = regions[i];
    if (region === undefined) return null;
    const here = i * places;
    const next = here + places;
    if (region.kind === 'fixed') {
      const length = region.bytes.length;
      for (let at = find(message, region.bytes, 0, message.length); at >= 0;) {
        can[here + at] = can[next + at + length] ?? 0;
        if (length > 0) at = find(message, region.bytes, at + 1, message.length);
        else if (++at >= places) break;
      }
    } else {
      const [least, most] = limits(region);
      // The nearest place at or after at + least from which the rest matches.
      let nearest = Infinity;
      for (let at = message.length; at >= 0; at--) {
        const target = at + least;
        if (target <= message.length && can[next + target] === 1) nearest = target;
        if (nearest - at <= most) can[here + at] = 1;
      }
    }
  }
  if (can[0] !== 1) return null;
  const bounds = new Int32Array(count + 1);
  let at = 0;
  for (let i = 0; i < count; i++) {
    bounds[i] = at;
    const region = regions[i];
    if (region === undefined) return null;
    at += limits(region)[0];
    if (region.kind === 'mutating') while (can[(i + 1) * places + at] !== 1) at++;
  }
  bounds[count] = message.length;
  return bounds;
}

/** Prefix tables of long regions, which are looked for again and again. */
const tables = new WeakMap<Uint8Array, Int32Array>();

/** First place of `bytes` in `message` at or after `from` that ends by `end`, or -1; linear for long `bytes`. */
export function find(message: Uint8Array, bytes: Uint8Array, from: number, end: number): number {
  const length = bytes.length;
  if (from < 0 || from + length > end) return -1;
  if (length === 0) return from;
  if (length <= 16) {
    const first = bytes[0] ?? 0;
    for (let at = message.indexOf(first, from); at !== -1 && at + length <= end; at = message.indexOf(first, at + 1)) {
      if (startsWith(message, bytes, at)) return at;
    }
    return -1;
  }
  // Knuth–Morris–Pratt: a repetitive message against a repetitive region must not be quadratic.
  let table = tables.get(bytes);
  if (table === undefined) {
    table = new Int32Array(length);
    for (let i = 1, k = 0; i < length; i++) {
      while (k > 0 && bytes[i] !== bytes[k]) k = table[k - 1] ?? 0;
      if (bytes[i] === bytes[k]) k++;
      table[i] = k;
    }
    tables.set(bytes, table);
  }
  for (let i = from, k = 0; i < end; i++) {
    while (k > 0 && message[i] !== bytes[k]) k = table[k - 1] ?? 0;
    if (message[i] === bytes[k]) k++;
    if (k === length) return i - length + 1;
  }
  return -1;
}

/**
 * Which regions are significant: fixed, and their content occurs exactly once in the message, so that
 * they can serve as markers [06 §4.1]. `bounds` are those that {@link matchRegions} gave.
 */
export function significantRegions(regions: readonly Region[], message: Uint8Array, bounds: Int32Array): boolean[] {
  return regions.map((region, i) => {
    if (region.kind !== 'fixed' || region.bytes.length === 0) return false;
    const first = find(message, region.bytes, 0, message.length);
    return first === (bounds[i] ?? -1) && find(message, region.bytes, first + 1, message.length) < 0;
  });
}

/** How much of a request the fixed regions explain [05 §2.5]: the score of a match. */
export function fixedBytes(regions: readonly Region[]): number {
  return regions.reduce((sum, r) => sum + (r.kind === 'fixed' ? r.bytes.length : 0), 0);
}
