/** Where recorded answers that differ at one place agree again. */
import { EMPTY, indexOf } from '../../bytes/bytes.js';
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
  if (same && anchored) return (same[0] ?? 0) <= (anchored[0] ?? 0) ? same : anchored;
  return same ?? anchored ?? bySuffix(lines, at);
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
  let best: Anchor | null = null;
  for (let d = 0; d < (best?.most ?? FAR) && (at[0] ?? 0) + d + 2 <= first.length; d++) {
    const found = anchorAt(lines, at, d);
    if (found && (!best || (found.skipped < best.skipped && found.run > best.run))) best = found;
  }
  return best?.places ?? null;
}

/** What the first line has `d` bytes on, in the other lines. */
function anchorAt(lines: readonly Line[], at: Int32Array, d: number): Anchor | null {
  const start = (at[0] ?? 0) + d;
  const anchor = lines[0]?.bytes.subarray(start, start + 2) ?? EMPTY;
  const allowed = Math.floor(lines.length / 10);
  const places = new Int32Array(at.length);
  places[0] = start;
  let [missing, skipped, most] = [0, d, d];
  for (let i = 1; i < lines.length; i++) {
    const from = at[i] ?? 0;
    const within = lines[i]?.bytes.subarray(0, from + FAR + anchor.length) ?? EMPTY;
    const found = indexOf(within, anchor, from);
    places[i] = found;
    if (found === -1) {
      if (++missing > allowed) return null;
      continue;
    }
    skipped += found - from;
    most = Math.max(most, found - from);
  }
  const live = lines.filter((_, i) => places[i] !== -1);
  const there = places.filter((n) => n !== -1);
  const run = commonRun(live, there);
  const separators = !isWord(anchor[0] ?? 0) && !isWord(anchor[1] ?? 0);
  const ended = live.every((line, i) => (there[i] ?? 0) + run >= line.bytes.length);
  return run >= 4 || (run >= 2 && (separators || ended)) ? { places, run, skipped, most } : null;
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
