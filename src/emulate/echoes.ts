/**
 * Requests that fit a class but for bytes which the server gives back [new]: a number that clients choose and that
 * was always the same in training became part of a fixed region. What an answer copies from there need not be
 * what training had.
 */
import { EMPTY, isPrintable } from '../bytes/bytes.js';
import { matchRegions } from '../model/match.js';
import { isPresent, locate, takeFrom, type Place } from '../model/meaning.js';
import type { Choice, Piece, Region, RequestClass, ServiceModel, Span, State } from '../model/types.js';

/** More bytes in a row than this are not a number, and neither are so many printable ones. */
const MOST = 8;
const WORD = 4;
/** Share of a class's answers that have to give a byte back. */
const USUAL = 0.75;
/** Longer requests are not tried. */
const LONGEST = 4096;

/** A class without what the server gives back of its fixed regions. */
export interface Echoing {
  readonly class: RequestClass;
  /** The class's regions, the fixed ones cut where they may have other bytes. */
  readonly regions: readonly Region[];
  /** For each region of the class, the place of its first part in `regions`. */
  readonly parts: readonly number[];
}

export interface EchoMatch {
  readonly edges: Int32Array;
  /** Bytes of fixed regions that the request has. */
  readonly found: number;
  /** Offsets of those that it has another value of. */
  readonly others: readonly number[];
}

/** The class made ready, or null where no answer gives back any of its fixed bytes. */
export function echoing(of: RequestClass, service: ServiceModel): Echoing | null {
  const edges = matchRegions(of.regions, of.example, true);
  const states = statesOf(of.select, service).filter(({ answer }) => answer.length > 0);
  if (!edges || states.length === 0) return null;
  const place = { bytes: of.example, edges };
  const given = states.map((state) => ({ bytes: givenBack(state, place), samples: Math.max(1, state.samples) }));
  const all = sum(given);
  const free = Array.from(of.example, (_, at) => sum(given.filter((g) => g.bytes[at] === true)) >= all * USUAL);
  const regions: Region[] = [];
  const parts: number[] = [];
  of.regions.forEach((region, i) => {
    parts.push(regions.length);
    if (region.kind !== 'fixed') regions.push(region);
    else
      regions.push(
        ...cut(region.bytes, freed(region.bytes, free, edges[i] ?? 0, [of.regions[i - 1], of.regions[i + 1]])),
      );
  });
  parts.push(regions.length);
  return regions.length > of.regions.length || regions.some((r, i) => r.kind !== of.regions[i]?.kind)
    ? { class: of, regions, parts }
    : null;
}

/** Where the regions of the class lie in a request that fits it in this way, or null. */
export function matchEchoing({ class: of, regions, parts }: Echoing, request: Uint8Array): EchoMatch | null {
  const bounds = request.length <= LONGEST ? matchRegions(regions, request) : null;
  if (!bounds) return null;
  const edges = Int32Array.from(parts, (part) => bounds[part] ?? request.length);
  const others: number[] = [];
  let found = 0;
  of.regions.forEach((region, i) => {
    if (region.kind !== 'fixed') return;
    const from = edges[i] ?? 0;
    region.bytes.forEach((byte, k) => {
      if (request[from + k] === byte) found++;
      else others.push(from + k);
    });
  });
  return { edges, found, others };
}

/** Offsets in words: `bytes 0–1 and 6`. */
export function offsetsInWords(offsets: readonly number[]): string {
  const runs: string[] = [];
  for (let i = 0; i < offsets.length; i++) {
    const from = offsets[i] ?? 0;
    while (offsets[i + 1] === (offsets[i] ?? 0) + 1) i++;
    const to = offsets[i] ?? 0;
    runs.push(from === to ? String(from) : `${from}–${to}`);
  }
  return `${offsets.length === 1 ? 'byte' : 'bytes'} ${runs.join(', ')}`;
}

function sum(states: readonly { readonly samples: number }[]): number {
  return states.reduce((all, { samples }) => all + samples, 0);
}

function statesOf(choice: Choice<number>, service: ServiceModel): State[] {
  const ids = new Set<number>();
  const todo = [choice];
  for (let node = todo.pop(); node; node = todo.pop()) {
    if (node.kind === 'leaf') ids.add(node.value);
    else todo.push(node.yes, node.no);
  }
  return [...ids].flatMap((id) => service.states[id] ?? []);
}

/** For each byte of a request, whether the answer has it in it. */
function givenBack({ answer }: State, place: Place): boolean[] {
  const given = new Array<boolean>(place.bytes.length).fill(false);
  for (const piece of answer.flatMap(({ pieces }): readonly Piece[] => pieces)) {
    const span = piece.kind === 'rule' ? returned(piece.rule) : null;
    if (!span) continue;
    const from = locate(span.from, place);
    const length = takeFrom(span, place)?.length ?? 0;
    if (from >= 0) given.fill(true, from, from + length);
  }
  return given;
}

/** The part of the present request that a rule gives back, or counts on from. */
function returned(rule: Extract<Piece, { kind: 'rule' }>['rule']): Span | null {
  const isReturned =
    (rule.kind === 'copy' && rule.transform.kind === 'copy') ||
    (rule.kind === 'number' && rule.read.kind === 'binary' && rule.write.kind === 'binary');
  return isReturned && isPresent(rule.span.of) ? rule.span : null;
}

/** Which bytes of a fixed region may differ: not words, not long runs, and not what alone tells where it is. */
function freed(
  bytes: Uint8Array,
  free: readonly boolean[],
  offset: number,
  [before, behind]: readonly [Region | undefined, Region | undefined],
): boolean[] {
  const may = Array.from(bytes, (_, i) => free[offset + i] === true);
  for (let from = 0; from < may.length; from++) {
    let to = from;
    while (to < may.length && may[to] === true && isPrintable(bytes[to])) to++;
    if (to - from >= WORD) may.fill(false, from, to);
    from = Math.max(from, to - 1);
  }
  for (let from = 0; from < may.length; from++) {
    let to = from;
    while (may[to] === true) to++;
    const end = to < may.length ? numberEnd(bytes, from, to) : to;
    // a few letters are no number, but for those that are the high bytes of one
    const isOfNumber = (from === 0 && hasWidth(before)) || (to === may.length && hasWidth(behind));
    const isNumber = isOfNumber || bytes.subarray(from, end).some((b) => !isPrintable(b));
    may.fill(false, isNumber && end - from <= MOST ? end : from, to);
    from = Math.max(from, to - 1);
  }
  if (before?.kind === 'mutating' && !hasWidth(before)) may[0] = false;
  return may;
}

function hasWidth(region: Region | undefined): boolean {
  return region?.kind === 'mutating' && region.min === region.max;
}

/** The end of a run without the zeros behind its last other byte: they are of something else. */
function numberEnd(bytes: Uint8Array, from: number, to: number): number {
  let end = to;
  while (end > from && bytes[end - 1] === 0) end--;
  return end > from ? end : to;
}

/** A fixed region in parts: those that have to be there, and those that may be anything of their width. */
function cut(bytes: Uint8Array, may: readonly boolean[]): Region[] {
  const parts: Region[] = [];
  for (let from = 0; from < bytes.length;) {
    let to = from + 1;
    while (to < bytes.length && may[to] === may[from]) to++;
    const length = to - from;
    parts.push(
      may[from] === true
        ? { kind: 'mutating', type: 'binary', min: length, max: length }
        : { kind: 'fixed', bytes: bytes.subarray(from, to) },
    );
    from = to;
  }
  return parts.length > 0 ? parts : [{ kind: 'fixed', bytes: EMPTY }];
}
