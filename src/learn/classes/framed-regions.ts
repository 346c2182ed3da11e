/**
 * Regions of requests that say how long they are in a number that takes more bytes the larger it is [new]: what
 * stands before it and what stands behind it are aligned each by itself, so that a long request and a short one
 * begin alike behind it.
 */
import { isPrintable } from '../../bytes/bytes.js';
import { matchRegions } from '../../model/match.js';
import { readNumberAt } from '../../model/number.js';
import type { LengthField, Region } from '../../model/types.js';
import { analyseRegions } from '../paper/regions.js';
import { merged, wholeNumbers } from './whole-numbers.js';

/** Regions of requests as they are [05 §2.4.2], with decimal numbers as a whole. */
export function plainRegions(shapes: readonly Uint8Array[], counts: readonly number[]): Region[] {
  const { regions, spans } = analyseRegions(shapes, counts);
  return wholeNumbers(regions, spans, shapes);
}

/** A length that takes more bytes the larger it is: what stands behind it has no place of its own. Undefined: it is none. */
export function growingLength(field: LengthField | undefined): LengthField | undefined {
  return field?.codec.kind === 'binary' || field?.until ? undefined : field;
}

/** The regions of some requests with their length, which takes more bytes the larger it is, as one of its own; null where they have none. */
export function framedRegions(
  shapes: readonly Uint8Array[],
  counts: readonly number[],
  { offset, codec }: LengthField,
): Region[] | null {
  const reads = shapes.map((shape) => readNumberAt(codec, shape, offset));
  const ends = reads.map((read) => offset + (read?.width ?? 0));
  if (reads.includes(null)) return null;
  const head = plainRegions(
    shapes.map((shape) => shape.subarray(0, offset)),
    counts,
  );
  const body = wholeTexts(
    plainRegions(
      shapes.map((shape, i) => shape.subarray(ends[i] ?? 0)),
      counts,
    ),
  );
  const regions = merged([...head, lengthRegion(shapes, offset, ends, body), ...body]);
  return shapes.every((shape) => matchRegions(regions, shape)) ? regions : null;
}

/** A word of so many letters inside a text may mean something. */
const WORD = 4;

/** The regions with what a few texts have in common inside them as a part of those texts: a blank, or a few letters. */
function wholeTexts(regions: readonly Region[]): Region[] {
  const isText = (region: Region | undefined) => region?.kind === 'mutating' && region.type === 'ascii';
  return merged(
    regions.map((region, i): Region => {
      if (region.kind !== 'fixed' || region.bytes.length >= WORD || !region.bytes.every(isPrintable)) return region;
      if (!isText(regions[i - 1]) || !isText(regions[i + 1])) return region;
      return { kind: 'mutating', type: 'ascii', min: region.bytes.length, max: region.bytes.length };
    }),
  );
}

/** The length: fixed where nothing behind it has various lengths. */
function lengthRegion(
  shapes: readonly Uint8Array[],
  offset: number,
  ends: readonly number[],
  body: readonly Region[],
): Region {
  const widths = ends.map((end) => end - offset);
  const isStiff = body.every((region) => region.kind === 'fixed' || region.min === region.max);
  if (isStiff) return { kind: 'fixed', bytes: shapes[0]?.slice(offset, ends[0]) ?? new Uint8Array(0) };
  return { kind: 'mutating', type: 'binary', min: Math.min(...widths), max: Math.max(...widths) };
}

/** The regions of a single request of which some part may be longer: with its length as one that may be another too. */
export function withOwnLength(
  regions: readonly Region[],
  request: Uint8Array,
  { offset, codec }: LengthField,
): readonly Region[] {
  const [first, ...others] = regions;
  const width = readNumberAt(codec, request, offset)?.width ?? 0;
  const end = offset + width;
  const varies = others.some((region) => region.kind === 'mutating' && region.min !== region.max);
  if (!varies || width === 0 || first?.kind !== 'fixed' || first.bytes.length < end) return regions;
  const length: Region = { kind: 'mutating', type: 'binary', min: width, max: width };
  const [head, rest] = [first.bytes.slice(0, offset), first.bytes.slice(end)];
  return merged([{ kind: 'fixed', bytes: head }, length, { kind: 'fixed', bytes: rest }, ...others]);
}
