/** Where fields stand in requests: regions of a class, and what several classes have at the same offsets. */
import type { Region, Source, Span } from '../../model/types.js';

const REQUEST: Source = { kind: 'request', back: 0 };
/** Fields of several classes that are asked about. */
const MOST_FIELDS = 48;

/** The regions of the only class that requests are of, of every class where they are of several, or null: not told. */
export type Fields = readonly Region[] | { readonly classes: readonly (readonly Region[])[] } | null;

/** The fields of the requests of some classes, by their numbers. */
export function fieldsOf(all: readonly { readonly regions: readonly Region[] }[], classes: readonly number[]): Fields {
  const its = classes.map((id) => all[id]?.regions ?? []);
  return its.length === 1 ? (its[0] ?? null) : { classes: its };
}

/** The regions of requests of one class; null where they are of several. */
export function regionsIn(fields: Fields): readonly Region[] | null {
  return fields && 'classes' in fields ? null : fields;
}

export function stableIn(fields: Fields): Stable {
  const regions = regionsIn(fields);
  return regions ? stableEnds(regions) : SOME_ENDS;
}

/** Where values stand that may be asked about: in regions, or at the offsets that these have before all that is of any length. */
export function spansOf(fields: Fields): Span[] {
  if (!fields) return [];
  if (!('classes' in fields)) return regionSpans(fields);
  const spans = new Map<string, Span>();
  for (const regions of fields.classes) {
    let offset = 0;
    for (const region of regions) {
      const width = widthOf(region);
      if (width < 0) break;
      const span: Span = { of: REQUEST, from: { kind: 'start', offset }, to: { kind: 'width', width } };
      if (region.kind === 'mutating') spans.set(`${offset}/${width}`, span);
      offset += width;
    }
  }
  return [...spans.values()].slice(0, MOST_FIELDS);
}

/** How many bytes at either end of a request stand at the same offset in all of them. */
export interface Stable {
  readonly head: number;
  readonly tail: number;
}

/** What is taken for stable where nothing is known of how requests are built. */
const SOME_ENDS: Stable = { head: 4, tail: 2 };

/** The bytes before the first and behind the last region of varying length. */
export function stableEnds(regions: readonly Region[]): Stable {
  const count = (list: readonly Region[]) => {
    let bytes = 0;
    for (const region of list) {
      if (widthOf(region) < 0) break;
      bytes += widthOf(region);
    }
    return bytes;
  };
  return { head: count(regions), tail: count([...regions].reverse()) };
}

/** Regions of more bytes are not read as one number. */
const WIDEST_NUMBER = 4;

/** The first offsets at which a byte may be a number of its own: in a region too wide for one, or behind what is of any length. */
export function wideOffsets(regions: readonly Region[], most: number): number[] {
  const found: number[] = [];
  let offset = 0;
  for (const region of regions) {
    const width = widthOf(region);
    const isWide = region.kind === 'mutating' && width > WIDEST_NUMBER;
    const end = Math.min(width < 0 ? most : offset + width, most);
    for (let at = offset; (width < 0 || isWide) && at < end; at++) found.push(at);
    if (width < 0) break;
    offset += width;
  }
  return found;
}

/** Bytes of a region; -1 where it is of various lengths. */
function widthOf(region: Region): number {
  if (region.kind === 'fixed') return region.bytes.length;
  return region.min === region.max ? region.min : -1;
}

/** How many bytes at either end stand at the same place in all requests of some classes. */
export function commonEnds(classes: readonly (readonly Region[])[]): Stable {
  const ends = classes.map(stableEnds);
  const [only] = ends;
  if (!only) return SOME_ENDS;
  if (ends.length === 1) return only;
  const head = Math.max(SOME_ENDS.head, Math.min(...ends.map((end) => end.head)));
  return { head, tail: Math.min(...ends.map((end) => end.tail)) };
}

/** The spans of the mutating regions of a class. */
export function regionSpans(regions: readonly Region[]): Span[] {
  return regions.flatMap((region, i) =>
    region.kind === 'mutating'
      ? [
          {
            of: REQUEST,
            from: { kind: 'region', region: i, edge: 'start', offset: 0 },
            to: { kind: 'region', region: i, edge: 'end', offset: 0 },
          } as const,
        ]
      : [],
  );
}
