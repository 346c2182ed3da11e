/**
 * Echoes that never changed in training [new]: bytes of an answer that were the same in all samples, and in the
 * request as well. For the requests seen, a copy gives what a literal gives; but a number that clients choose
 * and training met only once (the first of a counter, the high bytes of an identifier) comes back from most servers.
 *
 * What counts as one: bytes right beside a copy, bytes at the same offset in both, and a short number that stands
 * in both once. Hardly any bytes are taken but those of fixed regions, so nothing changes for a request that its class fits whole.
 */
import { equal, indexOf, isPrintable, isText } from '../../bytes/bytes.js';
import { isPresent, locate, produce, type Context } from '../../model/meaning.js';
import type { Position, Region, Rule, Span } from '../../model/types.js';
import type { Draft } from './draft.js';

/** Bytes on either side of a copy that may belong to it. */
const BESIDE = 8;
/** Numbers that stand elsewhere in the request have so many bytes; a longer run is part of a form. */
const LEAST_ELSEWHERE = 2;
const MOST_ELSEWHERE = 4;
/** So many printable bytes in a row are a word, which means something; numbers are given back. */
const WORD = 4;
/** Fewest samples that tell the width of a value. */
const LEAST_WIDE = 3;
/** Bytes of a literal that are looked at. */
const HEAD = 64;

/** Which bytes of a request are of fixed regions, and how many of them lie before the first region of no fixed width. */
interface Asked {
  readonly request: Uint8Array;
  readonly fixed: readonly boolean[];
  /** Bytes of regions that always have the same width, too: numbers of which only the end changed. */
  readonly steady: readonly boolean[];
  readonly certain: number;
}

interface Echo {
  readonly from: number;
  readonly to: number;
  readonly span: Span;
}

const PRESENT = { kind: 'request', back: 0 } as const;

/**
 * The drafts with copies in place of literals that are plausibly echoes.
 *
 * @param regionsOf the regions of a class
 * @param own the regions of the one class that all contexts are of, or null
 */
export function withEchoes(
  drafts: readonly Draft[],
  contexts: readonly Context[],
  regionsOf: (id: number) => readonly Region[],
  own: readonly Region[] | null,
): readonly Draft[] {
  const asked = contexts.map((context) => askedIn(context, regionsOf));
  if (asked.length === 0 || asked.some(({ request }) => isText(request))) return drafts;
  const grown = withBeside(drafts, contexts, asked);
  let offset: number | null = 0;
  return grown.flatMap((draft): Draft[] => {
    const at: number | null = offset;
    const width = draft.kind === 'literal' ? draft.bytes.length : commonWidth(draft.values);
    offset = offset === null || width === null ? null : offset + width;
    if (draft.kind !== 'literal') return [draft];
    const echoes = at === null ? [] : sameOffset(draft.bytes, at, asked);
    const found = echoes.length > 0 || !own ? echoes : elsewhere(draft.bytes, own, asked);
    return replaced(draft.bytes, found, contexts);
  });
}

function askedIn({ said, at }: Context, regionsOf: (id: number) => readonly Region[]): Asked {
  const exchange = said[at];
  const request = exchange?.request ?? new Uint8Array(0);
  const fixed = new Array<boolean>(request.length).fill(false);
  const steady = [...fixed];
  let certain = request.length;
  (exchange && exchange.edges ? regionsOf(exchange.class) : []).forEach((region, i) => {
    const [from, to] = [exchange?.edges?.[i] ?? 0, exchange?.edges?.[i + 1] ?? 0];
    if (region.kind === 'fixed') fixed.fill(true, from, to);
    else if (region.min !== region.max) certain = Math.min(certain, from);
    if (region.kind === 'fixed' || (region.min === region.max && region.max <= BESIDE)) steady.fill(true, from, to);
  });
  return { request, fixed, steady, certain };
}

function commonWidth(values: readonly (Uint8Array | null)[]): number | null {
  const width = values.find((v) => v !== null)?.length;
  return width !== undefined && values.every((v) => v === null || v.length === width) ? width : null;
}

/** Copies of the present request, each with the literal bytes beside it that stand beside it in the request as well. */
function withBeside(drafts: readonly Draft[], contexts: readonly Context[], asked: readonly Asked[]): Draft[] {
  const result = [...drafts];
  for (let i = 0; i < result.length; i++) {
    const copy = result[i];
    if (copy?.kind !== 'rule' || copy.rule.kind !== 'copy' || copy.rule.transform.kind !== 'copy') continue;
    const { span } = copy.rule;
    if (!isPresent(span.of)) continue;
    const froms = contexts.map(({ said, at }) =>
      locate(span.from, { bytes: said[at]?.request ?? new Uint8Array(0), edges: said[at]?.edges ?? null }),
    );
    if (froms.includes(-1) || copy.values.some((v) => v === null)) continue;
    const [before, behind] = [result[i - 1], result[i + 1]];
    const left =
      before?.kind === 'literal'
        ? same(
            before.bytes,
            froms.map((f) => f - 1),
            asked,
            -1,
          )
        : 0;
    const ends = froms.map((f, line) => f + (copy.values[line]?.length ?? 0));
    const right = behind?.kind === 'literal' ? same(behind.bytes, ends, asked, 1) : 0;
    const wide = wider(span, left, right, { froms, ends, asked });
    if (left + right === 0 || !wide) continue;
    const rule: Rule = { ...copy.rule, span: wide };
    const values = copy.values.map((v, line) =>
      v ? (asked[line]?.request.subarray((froms[line] ?? 0) - left, (ends[line] ?? 0) + right) ?? null) : null,
    );
    if (!holds(rule, values, contexts)) continue;
    result[i] = { ...copy, rule, values };
    if (before?.kind === 'literal')
      result[i - 1] = { kind: 'literal', bytes: before.bytes.subarray(0, before.bytes.length - left) };
    if (behind?.kind === 'literal') result[i + 1] = { kind: 'literal', bytes: behind.bytes.subarray(right) };
  }
  return result.filter((d) => d.kind !== 'literal' || d.bytes.length > 0);
}

/** How many bytes of a literal stand in all requests from there on, or back from there; words do not count. */
function same(literal: Uint8Array, places: readonly number[], asked: readonly Asked[], step: 1 | -1): number {
  let count = 0;
  let printable = 0;
  while (count < Math.min(BESIDE, literal.length)) {
    const byte = literal.at(step === 1 ? count : -1 - count);
    const stands = asked.every(({ request, steady }, i) => {
      const at = (places[i] ?? 0) + step * count;
      return request[at] === byte && steady[at] === true;
    });
    if (!stands) break;
    count++;
    printable = isPrintable(byte) ? printable + 1 : 0;
    if (printable === WORD) return count - WORD;
  }
  return count;
}

/** Where a span lies in the requests that a class is known by. */
interface Lying {
  readonly froms: readonly number[];
  readonly ends: readonly number[];
  readonly asked: readonly Asked[];
}

/** The span with so many bytes more on either side, where it has edges that can be moved. */
function wider({ of, from, to }: Span, left: number, right: number, { froms, ends, asked }: Lying): Span | null {
  const offset = (froms[0] ?? 0) - left;
  const isPut = froms.every((f, i) => f - left === offset && f <= (asked[i]?.certain ?? 0));
  const width = (ends[0] ?? 0) + right - offset;
  const isWide = isPut && ends.every((e) => e + right - offset === width);
  // what a marker consists of may now be a part of the value
  const start: Position = isPut && from.kind === 'marker' ? { kind: 'start', offset } : moved(from, -left);
  if (start.kind === 'start' && start.offset < 0) return null;
  if (to.kind === 'counted') return null;
  if (to.kind === 'width') return { of, from: start, to: { ...to, width: to.width + left + right } };
  const isAsItGoes = to.kind === 'until' || to.kind === 'word' || to.kind === 'varint';
  if ((isAsItGoes || to.kind === 'marker') && isWide && froms.length >= LEAST_WIDE)
    return { of, from: start, to: { kind: 'width', width } };
  return right > 0 && isAsItGoes ? null : { of, from: start, to: moved(to, right) };
}

function moved<T extends Span['to']>(position: T, by: number): T {
  if (!('offset' in position)) return position;
  return { ...position, offset: position.offset + (position.kind === 'end' ? -by : by) };
}

/** Runs of bytes that stand at the same offset in all requests. */
function sameOffset(literal: Uint8Array, offset: number, asked: readonly Asked[]): Echo[] {
  const stands = Array.from(literal.subarray(0, HEAD), (byte, i) =>
    asked.every(
      ({ request, fixed, certain }) =>
        offset + i < certain && fixed[offset + i] === true && request[offset + i] === byte,
    ),
  );
  dropWords(literal, stands);
  const found: Echo[] = [];
  for (let from = 0; from < stands.length; from++) {
    if (stands[from] !== true) continue;
    let next = from;
    while (stands[next] === true) next++;
    let to = next;
    // zeros behind a number are of something else, and zeros alone are room that nobody uses, but at the beginning
    while (to > from && literal[to - 1] === 0) to--;
    if (to === from && offset + from === 0) to = next;
    if (to > from) {
      const width = to - from;
      found.push({
        from,
        to,
        span: { of: PRESENT, from: { kind: 'start', offset: offset + from }, to: { kind: 'width', width } },
      });
    }
    from = next;
  }
  return found;
}

function dropWords(literal: Uint8Array, stands: boolean[]): void {
  for (let from = 0; from < stands.length; from++) {
    let to = from;
    while (to < stands.length && isPrintable(literal[to])) to++;
    if (to - from >= WORD) stands.fill(false, from, to);
    from = Math.max(from, to - 1);
  }
}

/** A small number, high bytes first, that stands once in the fixed regions, whatever is around it. */
function elsewhere(literal: Uint8Array, regions: readonly Region[], asked: readonly Asked[]): Echo[] {
  const head = literal.subarray(0, HEAD);
  for (let width = MOST_ELSEWHERE; width >= LEAST_ELSEWHERE; width--) {
    for (let from = 0; from + width <= head.length; from++) {
      const bytes = head.subarray(from, from + width);
      if (!isSmall(bytes)) continue;
      const at = placeOf(bytes, regions);
      if (!at || indexOf(head, bytes, from + 1) >= 0 || indexOf(head, bytes) < from) continue;
      if (!asked.every(({ request }) => occursOnce(request, bytes))) continue;
      return [{ from, to: from + width, span: { of: PRESENT, from: at, to: { kind: 'width', width } } }];
    }
  }
  return [];
}

function isSmall(bytes: Uint8Array): boolean {
  const last = bytes.at(-1);
  return last !== 0 && !isPrintable(last) && bytes.subarray(0, -1).every((b) => b === 0);
}

function occursOnce(request: Uint8Array, bytes: Uint8Array): boolean {
  const first = indexOf(request, bytes);
  return first >= 0 && indexOf(request, bytes, first + 1) < 0;
}

function placeOf(bytes: Uint8Array, regions: readonly Region[]): Position | null {
  for (const [region, of] of regions.entries()) {
    const offset = of.kind === 'fixed' ? indexOf(of.bytes, bytes) : -1;
    if (offset >= 0) return { kind: 'region', region, edge: 'start', offset };
  }
  return null;
}

/** A literal with its echoes as copies. */
function replaced(literal: Uint8Array, echoes: readonly Echo[], contexts: readonly Context[]): Draft[] {
  const drafts: Draft[] = [];
  let at = 0;
  for (const { from, to, span } of echoes) {
    const bytes = literal.subarray(from, to);
    const rule: Rule = { kind: 'copy', span, transform: { kind: 'copy' } };
    const values = contexts.map(() => bytes);
    if (!holds(rule, values, contexts)) continue;
    if (from > at) drafts.push({ kind: 'literal', bytes: literal.subarray(at, from) });
    drafts.push({ kind: 'rule', rule, values, support: contexts.length, cost: 0 });
    at = to;
  }
  if (at < literal.length) drafts.push({ kind: 'literal', bytes: literal.subarray(at) });
  return drafts;
}

function holds(rule: Rule, values: readonly (Uint8Array | null)[], contexts: readonly Context[]): boolean {
  return contexts.every((context, i) => {
    const value = values[i];
    const given = produce(rule, context, () => 0);
    return !value || (given !== null && equal(given, value));
  });
}
