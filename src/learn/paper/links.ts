/**
 * Links between requests and answers: generation and consolidation, as in the paper [06 §4.1].
 */
import { matchRegions, significantRegions } from '../../model/match.js';
import type { Region } from '../../model/types.js';

/** A request, enriched by the output of region analysis. */
export interface LinkRequest {
  readonly bytes: Uint8Array;
  readonly regions: readonly Region[];
  /**
   * Which regions are significant. A region counts only if its content "always has a unique match", so
   * give what holds over all requests of the class; default: what holds for this one.
   */
  readonly significant?: readonly boolean[];
  /** Boundaries of the regions; default: where they match. */
  readonly bounds?: Int32Array;
}

export interface LinkExchange {
  readonly request: LinkRequest;
  /** What the server answered to this request. */
  readonly answer: Uint8Array;
}

/** One conversation: requests and answers in turn. */
export interface LinkConversation {
  readonly exchanges: readonly LinkExchange[];
}

/** A matching link (Rq, S, R, Os, Ot) [06 §4.1]. */
export interface Link {
  readonly kind: 'link';
  /** Rq: number of the request in the conversation, from 0. */
  readonly request: number;
  /** S and R: ordinals among the significant regions of the request; null: its start, its end. */
  readonly start: number | null;
  readonly end: number | null;
  /** Os: from the end of S to the first byte. Ot: from the beginning of R to the byte after the last; never positive. */
  readonly offsetStart: number;
  readonly offsetEnd: number;
}

export type Content = { readonly kind: 'literal'; readonly byte: number } | Link;

/** Where a link stands in the answer of its own conversation. */
export interface PlacedLink {
  readonly link: Link;
  readonly from: number;
  readonly to: number;
}

/** What one conversation proposes for one answer: its bytes, and the links found in them, in order. */
export interface Proposal {
  readonly bytes: Uint8Array;
  readonly links: readonly PlacedLink[];
}

export interface Consolidated {
  readonly content: Content[];
  /** Samples that agree with all of it [06 §4.1]. */
  readonly confidence: number;
  /** Indices of these samples. */
  readonly agreeing: number[];
}

/** Fewest bytes of a match [06 §4.1]. */
const SHORTEST = 2;

/** A stretch of a request between two neighbouring markers. */
interface Stretch {
  readonly request: number;
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly start: number | null;
  readonly end: number | null;
}

/**
 * Link generation [06 §4.1]: for each answer of the conversation, what of it occurs in an earlier request,
 * outside the significant fixed regions. One proposal for each exchange.
 *
 * Optimistic: whatever matches in two bytes or more is taken for a dependency, as long as it gets.
 * Of equally long matches the one in the latest request counts, and there the first.
 */
export function generateLinks(conversation: LinkConversation): Proposal[] {
  const stretches: Stretch[] = [];
  return conversation.exchanges.map(({ request, answer }, number) => {
    stretches.unshift(...stretchesOf(request, number));
    return { bytes: answer, links: correlate(answer, stretches) };
  });
}

/** The bytes that no significant region covers, in order. */
function stretchesOf(request: LinkRequest, number: number): Stretch[] {
  const { bytes, regions } = request;
  const bounds = request.bounds ?? matchRegions(regions, bytes, true);
  // A request that does not match its own class has no markers: its bytes count from start and end.
  const significant = bounds === null ? [] : (request.significant ?? significantRegions(regions, bytes, bounds));
  const stretches: Stretch[] = [];
  let from = 0;
  let marker = 0;
  significant.forEach((is, r) => {
    if (!is || bounds === null) return;
    stretches.push({
      request: number,
      bytes,
      from,
      to: bounds[r] ?? 0,
      start: marker === 0 ? null : marker - 1,
      end: marker,
    });
    from = bounds[r + 1] ?? 0;
    marker++;
  });
  stretches.push({
    request: number,
    bytes,
    from,
    to: bytes.length,
    start: marker === 0 ? null : marker - 1,
    end: null,
  });
  return stretches.filter((stretch) => stretch.to - stretch.from >= SHORTEST);
}

/** From left to right, the longest match at each place of the answer. */
function correlate(answer: Uint8Array, stretches: readonly Stretch[]): PlacedLink[] {
  const links: PlacedLink[] = [];
  const index = pairs(stretches);
  for (let at = 0; at + SHORTEST <= answer.length;) {
    let length = 0;
    let best: { stretch: Stretch; from: number } | undefined;
    for (const candidate of index.get(((answer[at] ?? 0) << 8) | (answer[at + 1] ?? 0)) ?? []) {
      const { stretch, from } = candidate;
      let same = SHORTEST;
      while (
        from + same < stretch.to &&
        at + same < answer.length &&
        stretch.bytes[from + same] === answer[at + same]
      ) {
        same++;
      }
      if (same > length) {
        length = same;
        best = candidate;
      }
    }
    if (best === undefined) {
      at++;
      continue;
    }
    const { stretch, from } = best;
    links.push({
      link: {
        kind: 'link',
        request: stretch.request,
        start: stretch.start,
        end: stretch.end,
        offsetStart: from - stretch.from,
        // Not -0, which a test for equality would tell from 0.
        offsetEnd: 0 - (stretch.to - from - length),
      },
      from: at,
      to: at + length,
    });
    at += length;
  }
  return links;
}

/** Places kept for one pair of bytes: a request of a million zeros must not make every zero of an answer slow. */
const MOST_PLACES = 64;

/** Where each pair of bytes stands. */
function pairs(stretches: readonly Stretch[]): Map<number, { stretch: Stretch; from: number }[]> {
  const index = new Map<number, { stretch: Stretch; from: number }[]>();
  for (const stretch of stretches) {
    for (let from = stretch.from; from + 1 < stretch.to; from++) {
      const pair = ((stretch.bytes[from] ?? 0) << 8) | (stretch.bytes[from + 1] ?? 0);
      const places = index.get(pair);
      if (places === undefined) index.set(pair, [{ stretch, from }]);
      else if (places.length < MOST_PLACES) places.push({ stretch, from });
    }
  }
  return index;
}

/**
 * Consolidation [06 §4.1]: over all samples of one answer, content position by content position, the most
 * frequent content stays; samples that disagree take no further part.
 *
 * A sample's content at a position is the link that begins there or the byte of the original answer; it
 * speaks for both, which is how the paper's example comes out (`Welcome L1, time is 14:05`: the link L2
 * of one sample stands against the `1` of two). As often seen, a link goes before a byte (guesses are
 * optimistic), and otherwise the first sample in order decides. The result always equals at least one
 * sample, and the number of samples left is its confidence.
 */
export function consolidate(proposals: readonly Proposal[]): Consolidated {
  let left = proposals.map((proposal, sample) => ({ proposal, sample, at: 0, next: 0 }));
  const content: Content[] = [];
  while (left.length > 0) {
    const votes = new Map<string, { content: Content | null; count: number; link: boolean }>();
    const vote = (key: string, candidate: Content | null): void => {
      const entry = votes.get(key);
      if (entry === undefined) votes.set(key, { content: candidate, count: 1, link: candidate?.kind === 'link' });
      else entry.count++;
    };
    for (const reader of left) {
      const { bytes, links } = reader.proposal;
      // Links that a literal ran into are behind us.
      while ((links[reader.next]?.from ?? Infinity) < reader.at) reader.next++;
      const here = links[reader.next];
      if (here?.from === reader.at) vote(keyOf(here.link), here.link);
      if (reader.at === bytes.length) vote('end', null);
      else {
        const byte = bytes[reader.at] ?? 0;
        vote(`byte ${byte}`, { kind: 'literal', byte });
      }
    }
    let winner: { key: string; content: Content | null; count: number; link: boolean } | undefined;
    for (const [key, entry] of votes) {
      const better =
        winner === undefined ||
        entry.count > winner.count ||
        (entry.count === winner.count && entry.link && !winner.link);
      if (better) winner = { key, ...entry };
    }
    if (winner === undefined) break;
    const chosen = winner.content;
    const key = winner.key;
    left = left.filter((reader) => {
      const { bytes, links } = reader.proposal;
      if (chosen === null) return reader.at === bytes.length;
      if (chosen.kind === 'literal') {
        if (bytes[reader.at] !== chosen.byte) return false;
        reader.at++;
        return true;
      }
      const here = links[reader.next];
      if (here?.from !== reader.at || keyOf(here.link) !== key) return false;
      reader.at = here.to;
      return true;
    });
    if (chosen === null) break;
    content.push(chosen);
  }
  return { content, confidence: left.length, agreeing: left.map((reader) => reader.sample) };
}

function keyOf(link: Link): string {
  return `link ${link.request} ${link.start ?? 'start'} ${link.end ?? 'end'} ${link.offsetStart} ${link.offsetEnd}`;
}

/**
 * Which regions are significant in every one of these requests [06 §4.1]: markers must have a unique match
 * in all of them, else their ordinals would differ from request to request.
 */
export function alwaysSignificant(regions: readonly Region[], requests: readonly Uint8Array[]): boolean[] {
  const significant = regions.map((region) => region.kind === 'fixed');
  for (const request of requests) {
    const bounds = matchRegions(regions, request, true);
    const here = bounds === null ? [] : significantRegions(regions, request, bounds);
    significant.forEach((is, r) => (significant[r] = is && (here[r] ?? false)));
  }
  return significant;
}

/** Fills in a consolidated answer from the requests of the conversation at hand [06 §4.1]; null where a link has no source. */
export function render(content: readonly Content[], requests: readonly LinkRequest[]): Uint8Array | null {
  const bytes: number[] = [];
  for (const part of content) {
    if (part.kind === 'literal') {
      bytes.push(part.byte);
      continue;
    }
    const value = resolve(part, requests[part.request]);
    if (value === null) return null;
    for (const byte of value) bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

function resolve(link: Link, request: LinkRequest | undefined): Uint8Array | null {
  if (request === undefined) return null;
  const bounds = request.bounds ?? matchRegions(request.regions, request.bytes, true);
  if (bounds === null) return null;
  const significant = request.significant ?? significantRegions(request.regions, request.bytes, bounds);
  const markers = significant.flatMap((is, r) => (is ? [r] : []));
  const startsAt = link.start === null ? 0 : bounds[(markers[link.start] ?? NaN) + 1];
  const endsAt = link.end === null ? request.bytes.length : bounds[markers[link.end] ?? NaN];
  if (startsAt === undefined || endsAt === undefined) return null;
  const from = startsAt + link.offsetStart;
  const to = endsAt + link.offsetEnd;
  return from >= 0 && from <= to && to <= request.bytes.length ? request.bytes.subarray(from, to) : null;
}
