/** Where recorded answers that differ at one place agree again. */
import { Pairs } from '../../bytes/pairs.js';
import { once } from '../kept.js';
import { isWord } from './positions.js';
import type { Line } from './sample.js';

const SAME_OFFSET = 64;
const FAR = 2048;

/** How many bytes are the same in all lines from `at` on. */
export function commonRun(lines: readonly Line[], at: Int32Array): number {
  const first = lines[0]?.bytes;
  if (!first) return 0;
  let run = first.length - (at[0] ?? 0);
  for (let i = 1; i < lines.length && run > 0; i++) {
    const bytes = lines[i]?.bytes;
    if (!bytes) return 0;
    const a = at[0] ?? 0;
    const b = at[i] ?? 0;
    let same = 0;
    const most = Math.min(run, bytes.length - b);
    while (same < most && first[a + same] === bytes[b + same]) same++;
    run = same;
  }
  return Math.max(0, run);
}

export function allEnd(lines: readonly Line[], at: Int32Array): boolean {
  return lines.every((line, i) => (at[i] ?? 0) >= line.bytes.length);
}

/**
 * The nearest places behind `at` from which all lines (but a tenth at most) go on alike: -1 for a line
 * that has no such place. Null when the rests have nothing in common.
 */
export function resync(lines: readonly Line[], at: Int32Array): Int32Array | null {
  const same = sameOffset(lines, at);
  const anchored = byAnchor(lines, at);
  if (same && anchored) {
    const width = (same[0] ?? 0) - (at[0] ?? 0);
    // what follows a number is often what the number of another line has inside: zeros behind its lower bytes
    const isNearer =
      width <= WIDEST && isOneLength(lines, at) && anchored.some((place, i) => place - (at[i] ?? 0) >= width);
    return isNearer || (same[0] ?? 0) <= (anchored[0] ?? 0) ? same : anchored;
  }
  return same ?? anchored ?? bySuffix(lines, at);
}

/** So many lines of one length are no coincidence; and bytes that a number takes at most. */
const MANY = 8;
const WIDEST = 8;

/** Whether what is left of many lines has one length: then their fields seem to have fixed widths. */
function isOneLength(lines: readonly Line[], at: Int32Array): boolean {
  if (lines.length < MANY) return false;
  const left = lines.map((line, i) => line.bytes.length - (at[i] ?? 0));
  return left.every((length) => length === left[0]);
}

/** A field of fixed width: the lines agree again at the same distance. */
function sameOffset(lines: readonly Line[], at: Int32Array): Int32Array | null {
  const room = Math.min(...lines.map((line, i) => line.bytes.length - (at[i] ?? 0)));
  const next = new Int32Array(at.length);
  for (let width = 1; width <= Math.min(room, SAME_OFFSET); width++) {
    for (let i = 0; i < at.length; i++) next[i] = (at[i] ?? 0) + width;
    if (allEnd(lines, next)) return next;
    const run = commonRun(lines, next);
    if (run === 0) continue;
    for (let i = 0; i < at.length; i++) next[i] = (next[i] ?? 0) + run;
    const toEnd = allEnd(lines, next);
    for (let i = 0; i < at.length; i++) next[i] = (next[i] ?? 0) - run;
    if (toEnd || run >= 3 || (run >= 2 && width <= 8)) return next;
  }
  return null;
}

/** Places from which lines go on alike: -1 for a line without one. */
interface Anchor {
  readonly places: Int32Array;
  /** Bytes that are alike from there on. */
  readonly run: number;
  /** Bytes before them, of all lines and of the line that has the most. */
  readonly skipped: number;
  readonly most: number;
}

/**
 * Two bytes of one line that the other lines have too, with at least four alike from there on. The first such place
 * may be met by chance, and far away in the other lines: one that is nearer to all of them and alike for longer is better.
 */
function byAnchor(lines: readonly Line[], at: Int32Array): Int32Array | null {
  const first = lines[0]?.bytes;
  if (!first) return null;
  const windows = lines.map((line, i) => new Window(line, at[i] ?? 0));
  const known = new Map<number, Others | null>();
  let best: Anchor | null = null;
  for (let d = 0; d < (best ? best.most + FEW : FAR) && (at[0] ?? 0) + d + 2 <= first.length; d++) {
    const nearer = best ? best.skipped + (best.run < FEW ? FEW * lines.length : 0) : Infinity;
    const found = anchorAt(lines, windows, known, d, nearer);
    if (found && (!best || (found.skipped < best.skipped && found.run > best.run) || isSurer(found, best)))
      best = found;
  }
  return best?.places ?? null;
}

/** Fewer bytes that are alike are met by chance; a surer place is no farther behind those than this. */
const FEW = 4;

/** Whether an anchor is alike for long, and in no line far behind one that is not: zeros that fill something up are soon alike. */
function isSurer(found: Anchor, best: Anchor): boolean {
  if (best.run >= FEW || found.run <= FEW) return false;
  return found.places.every((place, i) => {
    const before = best.places[i] ?? -1;
    return place === -1 ? before === -1 : before !== -1 && Math.abs(place - before) <= FEW;
  });
}

/** What of a line may hold an anchor: two bytes that begin not too far behind the difference. */
class Window {
  readonly #line: Line;
  readonly #bytes: Uint8Array;
  readonly from: number;
  readonly #to: number;
  #asked = 0;
  #pairs: Pairs | null = null;

  constructor(line: Line, from: number) {
    this.#line = line;
    this.#bytes = line.bytes;
    this.from = from;
    this.#to = Math.min(line.bytes.length - 1, from + FAR + 1);
  }

  /** The first place of a pair, or -1. */
  placeOf(high: number, low: number): number {
    if (this.#asked++ >= SOME && !this.#known().has(high, low)) return -1;
    for (
      let at = this.#bytes.indexOf(high, this.from);
      at !== -1 && at < this.#to;
      at = this.#bytes.indexOf(high, at + 1)
    )
      if (this.#bytes[at + 1] === low) return at;
    return -1;
  }

  #known(): Pairs {
    if (!this.#pairs && this.#bytes.length <= LONG) this.#pairs = pairsOf(this.#line);
    if (!this.#pairs) {
      this.#pairs = new Pairs();
      this.#pairs.add(this.#bytes, this.from, this.#to);
    }
    return this.#pairs;
  }
}

/** Of a line that is no longer than this it is known once for all windows what it holds. */
const LONG = 2 * FAR;

const pairsOf = once(({ bytes }: Line): Pairs => {
  const pairs = new Pairs();
  pairs.add(bytes);
  return pairs;
});

/** A window that is asked for more pairs than these is worth knowing them all. */
const SOME = 4;

/** Where the lines behind the first one have two bytes, -1: nowhere, and how far behind the difference that is. */
interface Others {
  readonly places: readonly number[];
  readonly missing: number;
  readonly skipped: number;
  readonly most: number;
}

/**
 * The places of two bytes in the other lines; null where too many have none, or they are farther away than would be of
 * use, now or at any later place of the first line.
 */
function othersAt(windows: readonly Window[], high: number, low: number, nearer: number): Others | null {
  const allowed = Math.floor(windows.length / 10);
  const places: number[] = [];
  let [missing, skipped, most] = [0, 0, 0];
  for (let i = 1; i < windows.length; i++) {
    const found = windows[i]?.placeOf(high, low) ?? -1;
    places.push(found);
    if (found === -1) {
      if (++missing > allowed) return null;
      continue;
    }
    const behind = found - (windows[i]?.from ?? 0);
    skipped += behind;
    if (skipped >= nearer) return null;
    most = Math.max(most, behind);
  }
  return { places, missing, skipped, most };
}

/**
 * What the first line has `d` bytes on, in the other lines, if fewer bytes than so many are before it in all of them.
 *
 * @param known what was found for other places of the first line: texts are made of few different pairs of bytes
 */
function anchorAt(
  lines: readonly Line[],
  windows: readonly Window[],
  known: Map<number, Others | null>,
  d: number,
  nearer: number,
): Anchor | null {
  const start = (windows[0]?.from ?? 0) + d;
  const [high, low] = [lines[0]?.bytes[start] ?? 0, lines[0]?.bytes[start + 1] ?? 0];
  const pair = (high << 8) | low;
  let others = known.get(pair);
  if (others === undefined) known.set(pair, (others = othersAt(windows, high, low, nearer - d)));
  if (!others || (lines.length > 1 && d + others.skipped >= nearer)) return null;
  const places = [start, ...others.places];
  const live = others.missing === 0 ? lines : lines.filter((_, i) => places[i] !== -1);
  const there = Int32Array.from(others.missing === 0 ? places : places.filter((n) => n !== -1));
  const run = commonRun(live, there);
  const separators = !isWord(high) && !isWord(low);
  const ended = live.every((line, i) => (there[i] ?? 0) + run >= line.bytes.length);
  return run >= 4 || (run >= 2 && (separators || ended))
    ? { places: Int32Array.from(places), run, skipped: d + others.skipped, most: Math.max(d, others.most) }
    : null;
}

/** The end that all lines share. */
function bySuffix(lines: readonly Line[], at: Int32Array): Int32Array | null {
  const first = lines[0]?.bytes;
  if (!first) return null;
  let suffix = Math.min(...lines.map((line, i) => line.bytes.length - (at[i] ?? 0)));
  for (const { bytes } of lines) {
    let same = 0;
    while (same < suffix && bytes[bytes.length - 1 - same] === first[first.length - 1 - same]) same++;
    suffix = same;
  }
  return suffix === 0 ? null : Int32Array.from(lines, (line) => line.bytes.length - suffix);
}
