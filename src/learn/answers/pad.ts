/** Copies that are filled up to a width [new]: with spaces, zeros or what else, before them or behind. */
import { resolve, take } from '../../model/meaning.js';
import { recode } from '../../model/recode.js';
import { startsWith } from '../../bytes/bytes.js';
import type { Recoding, Span } from '../../model/types.js';
import { findCopy, type Found } from './copy.js';
import type { Line } from './sample.js';

const MOST_WIDTH = 512;
const COST = 3;
/** Bytes that values are usually filled up with. */
const FILLERS: readonly number[] = [0x20, 0x30, 0x00, 0x2e, 0x2a, 0x2d, 0x5f, 0xff];
/** Values of so many lengths prove a width: with two, what follows is soon taken for a filling. */
const LENGTHS = 3;
/** … unless so many bytes before all of them are a filling already. */
const LONG_FILLING = 4;
const LENGTHS_BEHIND_IT = 2;

type Pad = Recoding & { kind: 'pad' };

/** A copy that explains all lines, with the bytes behind it that fill it up to one width. */
export function padBehind(copy: Found, lines: readonly Line[], at: Int32Array): Found | null {
  if (copy.rule.kind !== 'copy' || copy.rule.transform.kind !== 'copy') return null;
  const ends = lines.map((_, i) => (at[i] ?? 0) - copy.back + (copy.lengths[i] ?? 0));
  const shortest = shortestOf(copy.lengths);
  const byte = lines[shortest]?.bytes[ends[shortest] ?? 0];
  if (byte === undefined || !FILLERS.includes(byte) || new Set(copy.lengths).size < LENGTHS) return null;
  let width = Infinity;
  const fillings = new Set<number>();
  lines.forEach((line, i) => {
    let end = ends[i] ?? 0;
    while (line.bytes[end] === byte) end++;
    fillings.add(end - (ends[i] ?? 0));
    width = Math.min(width, end - (at[i] ?? 0) + copy.back);
  });
  // what is as long behind a short value as behind a long one fills nothing up
  if (fillings.size === 1) return null;
  // what all lines have behind the filling is a literal
  const longest = Math.max(...copy.lengths);
  if (width > MOST_WIDTH || width < longest) return null;
  return filled(copy.rule.span, { kind: 'pad', side: 'right', byte, width }, copy, lines, at);
}

/** A copy in all lines with bytes before it that fill it up to one width. */
export function padBefore(lines: readonly Line[], at: Int32Array, run: number): Found | null {
  const byte = fillerOf(lines, at);
  if (byte === null) return null;
  const first = lines[0]?.bytes;
  let back = 0;
  while (back < run && first?.[(at[0] ?? 0) - back - 1] === byte) back++;
  const starts = Int32Array.from(lines, (line, i) => {
    let start = at[i] ?? 0;
    while (line.bytes[start] === byte) start++;
    return start;
  });
  const least = back >= LONG_FILLING ? LENGTHS_BEHIND_IT : LENGTHS;
  if (new Set(starts.map((s, i) => s - (at[i] ?? 0))).size < least) return null;
  const copy = findCopy(lines, starts, 0).best;
  if (copy?.support !== lines.length || copy.rule.kind !== 'copy' || copy.rule.transform.kind !== 'copy') return null;
  const width = (starts[0] ?? 0) + (copy.lengths[0] ?? 0) - (at[0] ?? 0) + back;
  if (width > MOST_WIDTH) return null;
  return filled(copy.rule.span, { kind: 'pad', side: 'left', byte, width }, { ...copy, back }, lines, at, least);
}

function shortestOf(lengths: Int32Array): number {
  let shortest = 0;
  lengths.forEach((length, i) => {
    if (length < (lengths[shortest] ?? 0)) shortest = i;
  });
  return shortest;
}

/** What values are filled up with: some lines have it here, others the value. */
function fillerOf(lines: readonly Line[], at: Int32Array): number | null {
  for (const byte of FILLERS) {
    const here = lines.filter((line, i) => line.bytes[at[i] ?? 0] === byte).length;
    if (here > 0 && here < lines.length) return byte;
  }
  return null;
}

function filled(
  span: Span,
  how: Pad,
  { back, cost }: Found,
  lines: readonly Line[],
  at: Int32Array,
  least = LENGTHS,
): Found | null {
  const lengths = new Int32Array(lines.length);
  const seen = new Set<number>();
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    const value = line && resolve(span.of, line.context) && take(span, line.context);
    const text = value && recode(how, value);
    if (!line || !value || !text || text.length <= back || !startsWith(line.bytes, text, (at[i] ?? 0) - back))
      return null;
    // zeros behind a small number are the rest of it
    if (how.byte === 0 && !value.every((b) => b >= 0x20)) return null;
    seen.add(value.length);
    lengths[i] = text.length;
  }
  if (seen.size < least) return null;
  return { rule: { kind: 'transform', span, how }, back, lengths, support: lines.length, cost: cost + COST };
}
