/**
 * Copies of a number [new]: the bytes up to the next zero are not the value, the field of fixed width is. A
 * small number is as wide as a large one, and any of its bytes may be zero or a separator.
 */
import { resolve, takeFrom } from '../../model/meaning.js';
import type { Span } from '../../model/types.js';
import type { Found } from './copy.js';
import { commonRun } from './resync.js';
import type { Line } from './sample.js';

const WIDTHS = [4, 2, 8];

/** A copy that explains all lines, as one of a field where that is what keeps them in step. */
export function asField(copy: Found, lines: readonly Line[], at: Int32Array): Found {
  const { rule, back, lengths } = copy;
  if (rule.kind !== 'copy' || rule.transform.kind !== 'copy' || rule.span.to.kind === 'width') return copy;
  const longest = Math.max(...lengths);
  if (longest > Math.max(...WIDTHS) || lengths.some((length) => length < 0)) return copy;
  const starts = at.map((a) => a - back);
  const varies = lengths.some((length) => length !== longest);
  if (!varies && !isNumber(rule.span, lines, starts, longest)) return copy;
  const reach = varies ? reachOf(lines, starts, lengths) : 0;
  for (const width of WIDTHS) {
    if (width < longest) continue;
    const span: Span = { ...rule.span, to: { kind: 'width', width } };
    const widths = lengths.map(() => width);
    if (!lines.every((line, i) => stands(span, line, starts[i] ?? 0, varies ? width : longest))) continue;
    if (varies && reachOf(lines, starts, widths) <= reach) continue;
    return { ...copy, rule: { ...rule, span }, lengths: widths };
  }
  return copy;
}

/** How far from the start the lines are explained before they differ again, where that is least. */
function reachOf(lines: readonly Line[], starts: Int32Array, lengths: Int32Array): number {
  return (
    Math.min(...lengths) +
    commonRun(
      lines,
      starts.map((s, i) => s + (lengths[i] ?? 0)),
    )
  );
}

/** Whether the span is in the line from a place on, with nothing but zeros behind so many bytes. */
function stands(span: Span, line: Line, from: number, filledFrom: number): boolean {
  const place = resolve(span.of, line.context);
  const value = place && takeFrom(span, place);
  return value?.every((byte, k) => line.bytes[from + k] === byte && (k < filledFrom || byte === 0)) === true;
}

/** Values of one width that end before a byte that separates no text, and are no text. */
function isNumber({ to }: Span, lines: readonly Line[], starts: Int32Array, width: number): boolean {
  if (to.kind !== 'until' || to.bytes.some((byte) => byte >= 0x20 || byte === 0x0a || byte === 0x0d)) return false;
  return !lines.every(({ bytes }, i) =>
    bytes.subarray(starts[i], (starts[i] ?? 0) + width).every((byte) => byte >= 0x20 && byte < 0x7f),
  );
}
