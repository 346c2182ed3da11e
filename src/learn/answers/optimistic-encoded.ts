/**
 * Values of an answer with too few samples to prove anything that the client said in the writing of forms and addresses
 * [new]: `green+maple%21` is told again as `green maple!`.
 *
 * Word by word such a value would be as many copies as the recorded one had words, and another one has more or fewer.
 */
import { equal, fromLatin1, indexOf, isAlphanumeric, isText, toLatin1 } from '../../bytes/bytes.js';
import type { Context, Place } from '../../model/meaning.js';
import { recode } from '../../model/recode.js';
import type { Recoding, Rule, Source, Span } from '../../model/types.js';
import { gives } from './optimistic-numbers.js';

const PERCENT = 0x25;
/** What one value of a form is made of, with something in it that is written otherwise. */
const VALUES = /[0-9A-Za-z%+._~*!'()-]+/g;
const WRITTEN = /%[0-9A-Fa-f]{2}|\+/;
/** A shorter value is met by chance. */
const LEAST = 4;
/** Values of one request, and places of one value, that are looked at. */
const MOST_VALUES = 32;
const MOST_PLACES = 16;
const WAYS: readonly Recoding[] = [true, false].map((plus) => ({ kind: 'from percent', sign: PERCENT, plus }));

interface Written {
  readonly from: number;
  readonly to: number;
  readonly rule: Rule;
}

interface Said {
  readonly source: Source;
  readonly place: Place;
}

/**
 * The values of a literal that clients said in another writing.
 *
 * @param isValue whether the words of a value may be somebody's, of the message that it stands in
 * @param nameOf a name of a part of a message that gives it in all samples
 */
export function writtenIn(
  literal: Uint8Array,
  contexts: readonly Context[],
  messages: readonly Said[],
  isValue: (value: Uint8Array, said: Said) => boolean,
  nameOf: (said: Said, at: number, value: Uint8Array) => Span | null,
): Written[] {
  const found: Written[] = [];
  for (const said of messages) {
    if (!isText(said.place.bytes)) continue;
    const values = [...toLatin1(said.place.bytes).matchAll(VALUES)].filter(([value]) => WRITTEN.test(value));
    for (const { 0: value, index } of values.slice(0, MOST_VALUES)) {
      const raw = fromLatin1(value);
      for (const how of WAYS) {
        const meant = recode(how, raw);
        if (!meant || meant.length < LEAST || equal(meant, raw) || !isValue(meant, said)) continue;
        const places = placesOf(literal, meant).filter(([from, to]) =>
          found.every((f) => to <= f.from || f.to <= from),
        );
        const span = places.length > 0 ? nameOf(said, index, raw) : null;
        if (!span) continue;
        const rule: Rule = { kind: 'transform', span, how };
        if (gives(rule, meant, contexts)) found.push(...places.map(([from, to]) => ({ from, to, rule })));
      }
    }
  }
  return found;
}

/** Where a value stands as a whole. */
function placesOf(bytes: Uint8Array, value: Uint8Array): [from: number, to: number][] {
  const places: [number, number][] = [];
  for (let at = indexOf(bytes, value); at >= 0 && places.length < MOST_PLACES; at = indexOf(bytes, value, at + 1)) {
    const to = at + value.length;
    const isTorn =
      (at > 0 && isAlphanumeric(bytes[at - 1] ?? 0) && isAlphanumeric(value[0] ?? 0)) ||
      (isAlphanumeric(bytes[to] ?? 0) && isAlphanumeric(value.at(-1) ?? 0));
    if (!isTorn && (places.at(-1)?.[1] ?? 0) <= at) places.push([at, to]);
  }
  return places;
}
