/** Where recorded answers that differ at one place agree again. */
import { indexOf } from '../../bytes/bytes.js';
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

/** Two bytes of one line that the other lines have too, with at least four alike from there on. */
function byAnchor(lines: readonly Line[], at: Int32Array): Int32Array | null {
  const first = lines[0]?.bytes;
  if (!first) return null;
  const start = at[0] ?? 0;
  const next = new Int32Array(at.length);
  const allowed = Math.floor(lines.length / 10);
  for (let d = 0; d < FAR && start + d + 2 <= first.length; d++) {
    const anchor = first.subarray(start + d, start + d + 2);
    next[0] = start + d;
    let missing = 0;
    for (let i = 1; i < lines.length && missing <= allowed; i++) {
      const bytes = lines[i]?.bytes;
      const from = at[i] ?? 0;
      const found = bytes ? indexOf(bytes, anchor, from) : -1;
      next[i] = found - from > FAR ? -1 : found;
      if (next[i] === -1) missing++;
    }
    if (missing > allowed) continue;
    const live = lines.filter((_, i) => next[i] !== -1);
    const places = next.filter((n) => n !== -1);
    const run = commonRun(live, places);
    const separators = !isWord(anchor[0] ?? 0) && !isWord(anchor[1] ?? 0);
    const ended = live.every((line, i) => (places[i] ?? 0) + run >= line.bytes.length);
    if (run >= 4 || (run >= 2 && (separators || ended))) return next;
  }
  return null;
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
