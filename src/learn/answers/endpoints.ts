/**
 * The client's address and port in binary [new], plain or under a mask: constant bytes, or bytes of the request.
 *
 * Of an address little differs between the clients of a capture, and of a port everything. A constant mask over bytes
 * that never differed could be anything; it is believed where it is no mask at all, where it stands in the messages
 * themselves, or where every byte of the value differed.
 */
import { EMPTY, equal, exclusiveOr, indexOf } from '../../bytes/bytes.js';
import type { Rule, Source, Span } from '../../model/types.js';
import type { Found } from './copy.js';
import type { Draft } from './draft.js';
import { differing, requestMask, requestOf } from './masks.js';
import type { Line } from './sample.js';
import { placesOf } from './sources.js';

type End = Source & { readonly kind: 'environment' };

const ENDS: readonly End[] = (['client address', 'client port'] as const).flatMap((what) =>
  (['big', 'little'] as const).map((binary): End => ({ kind: 'environment', what, binary })),
);
/** Fewest lines that tell of a mask, and where there is none; and bits that have to speak against chance: every end, order and place is tried. */
const LEAST = 3;
const LEAST_PLAIN = 2;
const SURE = 24;
/** Bits that are enough for a port right behind the address of the same client. */
const SURE_BESIDE = 16;
/** Bits that it takes to find a mask somewhere in the messages. */
const SOMEWHERE = 8;
const COST = 3;

/**
 * The client's address or port over the first difference of all lines, begun at most its own width before it.
 *
 * @param before what stands before the difference
 */
export function findEndpoint(lines: readonly Line[], at: Int32Array, run: number, before?: Draft): Found | null {
  if (lines.length < LEAST_PLAIN) return null;
  const beside = run === 0 && before?.kind === 'rule' ? addressIn(before.rule) : null;
  for (const end of ENDS) {
    const ends = valuesOf(end, lines);
    const width = ends[0]?.length ?? 0;
    if (width === 0 || ends.some((bytes) => bytes.length !== width)) continue;
    for (let back = 0; back < width && back <= run; back++) {
      const isBeside = end.what === 'client port' && end.binary === beside;
      const found = foundAt(end, ends, lines, at, back, isBeside ? SURE_BESIDE : SURE);
      if (found) return found;
    }
  }
  return null;
}

function valuesOf(end: End, lines: readonly Line[]): Uint8Array[] {
  return placesOf(lines, end).map((place) => place?.bytes ?? EMPTY);
}

/** What makes the answer of a line at a place of some bytes. */
function maskAt(line: Line | undefined, at: number, bytes: Uint8Array): Uint8Array | null {
  return line && at >= 0 ? exclusiveOr(bytes, line.bytes.subarray(at)) : null;
}

function foundAt(
  end: End,
  ends: readonly Uint8Array[],
  lines: readonly Line[],
  at: Int32Array,
  back: number,
  sure: number,
): Found | null {
  const width = ends[0]?.length ?? 0;
  const masks = ends.map((bytes, i) => maskAt(lines[i], (at[i] ?? 0) - back, bytes));
  const [first] = masks;
  if (!first) return null;
  const constant = masks.every((mask) => mask && equal(mask, first));
  if (lines.length < LEAST && !(constant && isNone(first))) return null;
  if (constant && !isProven(first, ends, lines, sure)) return null;
  const by = constant ? first : requestMask(masks, lines, SURE);
  return by && { rule: ruleOf(end, by), back, lengths: new Int32Array(lines.length).fill(width), ...supported(lines) };
}

function supported(lines: readonly Line[]) {
  return { support: lines.length, cost: COST };
}

function ruleOf(of: End, by: Uint8Array | Span): Rule {
  const span: Span = { of, from: { kind: 'start', offset: 0 }, to: { kind: 'end', offset: 0 } };
  return by instanceof Uint8Array && isNone(by)
    ? { kind: 'copy', span, transform: { kind: 'copy' } }
    : { kind: 'masked', span, by };
}

function isNone(mask: Uint8Array): boolean {
  return mask.every((byte) => byte === 0);
}

/** The order of bytes of the client's address that a rule gives plainly. */
function addressIn(rule: Rule): End['binary'] | null {
  const of = rule.kind === 'copy' ? rule.span.of : null;
  return of?.kind === 'environment' && of.what === 'client address' ? (of.binary ?? null) : null;
}

function isProven(mask: Uint8Array, ends: readonly Uint8Array[], lines: readonly Line[], sure: number): boolean {
  const different = new Set(ends.map((bytes) => bytes.join())).size;
  const varied = differing(ends);
  const same = mask.length - varied;
  if (same > 0 && !isNone(mask) && !lines.every((line) => standsIn(mask, line))) return false;
  return (different - 1) * 8 * varied + 8 * same - (same === 0 || isNone(mask) ? 0 : SOMEWHERE) >= sure;
}

function standsIn(mask: Uint8Array, line: Line): boolean {
  return indexOf(requestOf(line), mask) >= 0 || indexOf(line.bytes, mask) >= 0;
}

/**
 * The client's address right behind its port, where there was one client only: what no difference tells, the place
 * does, when the mask is the port's.
 */
export function addressBehind(
  before: Draft | undefined,
  lines: readonly Line[],
  at: Int32Array,
  run: number,
): Found | null {
  const port = before?.kind === 'rule' ? portIn(before.rule) : null;
  if (!port) return null;
  const end: End = { ...port.end, what: 'client address' };
  const [first = EMPTY, ...others] = valuesOf(end, lines);
  if (first.length === 0 || run < first.length || others.some((other) => !equal(other, first))) return null;
  const mask = maskAt(lines[0], at[0] ?? 0, first);
  if (!mask) return null;
  const begins = port.by.every((byte, i) => byte === mask[i]);
  if (!begins || !(isNone(mask) || lines.every((line) => standsIn(mask, line)))) return null;
  return {
    rule: ruleOf(end, mask),
    back: 0,
    lengths: new Int32Array(lines.length).fill(first.length),
    ...supported(lines),
  };
}

/** The end that a rule gives in binary, and its mask where that is constant. */
function portIn(rule: Rule): { end: End; by: Uint8Array } | null {
  if (rule.kind !== 'copy' && rule.kind !== 'masked') return null;
  const { of } = rule.span;
  if (of.kind !== 'environment' || of.what !== 'client port' || !of.binary) return null;
  const by = rule.kind === 'copy' ? new Uint8Array(2) : rule.by;
  return by instanceof Uint8Array ? { end: of, by } : null;
}
