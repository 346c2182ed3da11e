/** Parts of the request under a mask of exclusive or [new]: with a constant, or with other bytes of the request. */
import { EMPTY, startsWith } from '../../bytes/bytes.js';
import type { Rule, Source, Span } from '../../model/types.js';
import type { Found } from './copy.js';
import type { Line } from './sample.js';

const PRESENT: Source = { kind: 'request', back: 0 };
/** Offsets in the request at which values and masks are looked for, and the widest value. */
const MOST_OFFSET = 64;
const WIDEST = 16;
const LEAST = 4;
/** Bits that have to speak against chance: a constant is free, and every offset (or pair of offsets) is tried. */
const SURE = 40;
const COST = 6;

/** At how many places values of one width differ. */
export function differing(values: readonly Uint8Array[]): number {
  const [first] = values;
  let count = 0;
  for (let i = 0; i < (first?.length ?? 0); i++) if (values.some((value) => value[i] !== first?.[i])) count++;
  return count;
}

/** Where in the request of every line its mask stands; null when it does nowhere, or when that says little. */
export function requestMask(masks: readonly (Uint8Array | null)[], lines: readonly Line[], sure: number): Span | null {
  const [mask] = masks;
  const width = mask?.length ?? 0;
  if (masks.length * 8 * width - Math.log2(MOST_OFFSET) < sure) return null;
  for (let offset = 0; offset <= MOST_OFFSET; offset++) {
    const stands = masks.every((bytes, i) => bytes && startsWith(requestOf(lines[i]), bytes, offset));
    if (stands) return spanAt(offset, width);
  }
  return null;
}

/** The present request of a line. */
export function requestOf(line: Line | undefined): Uint8Array {
  return line?.context.said[line.context.at]?.request ?? EMPTY;
}

function spanAt(offset: number, width: number): Span {
  return { of: PRESENT, from: { kind: 'start', offset }, to: { kind: 'width', width } };
}

/** Bytes of the request under a mask, from the first difference on, as far as that goes in all lines. */
export function findMasked(lines: readonly Line[], at: Int32Array): Found | null {
  if (lines.length < LEAST) return null;
  const requests = lines.map(requestOf);
  const answers = lines.map(({ bytes }, i) => bytes.subarray(at[i] ?? 0, (at[i] ?? 0) + WIDEST));
  const shortest = Math.min(...requests.map((request) => request.length));
  const most = Math.min(MOST_OFFSET, shortest);
  const wide = Math.min(WIDEST, ...answers.map((answer) => answer.length));
  let best: { rule: Rule; width: number } | null = null;
  for (let offset = 0; offset < most; offset++) {
    const by = constantMask(requests, answers, offset, Math.min(wide, shortest - offset));
    if (by && by.length > (best?.width ?? 0))
      best = { rule: { kind: 'masked', span: spanAt(offset, by.length), by }, width: by.length };
    for (let other = offset + 1; other < most; other++) {
      // most pairs are wrong in the first line already
      if (((requests[0]?.[offset] ?? 0) ^ (requests[0]?.[other] ?? 0)) !== answers[0]?.[0]) continue;
      const width = pairWidth(requests, answers, offset, other, Math.min(wide, shortest - other));
      if (width > (best?.width ?? 0) && isVarious(requests, offset, other, width))
        best = { rule: { kind: 'masked', span: spanAt(offset, width), by: spanAt(other, width) }, width };
    }
  }
  if (!best) return null;
  const lengths = new Int32Array(lines.length).fill(best.width);
  return { rule: best.rule, back: 0, lengths, support: lines.length, cost: COST };
}

/** What makes the answers of the bytes from an offset on, as long as it is the same everywhere and they differ. */
function constantMask(
  requests: readonly Uint8Array[],
  answers: readonly Uint8Array[],
  offset: number,
  most: number,
): Uint8Array | null {
  const mask: number[] = [];
  let bits = 0;
  for (let i = 0; i < most; i++) {
    const by = (requests[0]?.[offset + i] ?? 0) ^ (answers[0]?.[i] ?? 0);
    if (requests.some((request, line) => ((request[offset + i] ?? 0) ^ (answers[line]?.[i] ?? 0)) !== by)) break;
    const different = new Set(requests.map((request) => request[offset + i])).size;
    if (different === 1) break;
    bits += (different - 1) * 8;
    mask.push(by);
  }
  return bits >= SURE && mask.some((byte) => byte !== 0) ? Uint8Array.from(mask) : null;
}

function pairWidth(
  requests: readonly Uint8Array[],
  answers: readonly Uint8Array[],
  one: number,
  other: number,
  most: number,
): number {
  let width = 0;
  const holds = (request: Uint8Array, line: number) =>
    ((request[one + width] ?? 0) ^ (request[other + width] ?? 0)) === answers[line]?.[width];
  while (width < most && requests.every(holds)) width++;
  return width;
}

/** Whether both parts differ between the requests, and enough to be no chance. */
function isVarious(requests: readonly Uint8Array[], one: number, other: number, width: number): boolean {
  const parts = [one, other].map((from) => new Set(requests.map((r) => r.subarray(from, from + width).join())).size);
  return parts.every((size) => size > 1) && (Math.max(...parts) - 1) * 8 * width >= SURE;
}
