/**
 * Questions about texts of any length in requests, beyond what a single word of them tells: whether a name is one of
 * those that the server knows, and whether a sign stands anywhere in a text.
 */
import { fromLatin1, isText, toLatin1, isAlphanumeric } from '../../bytes/bytes.js';
import { take, type Context } from '../../model/meaning.js';
import type { Region, Span } from '../../model/types.js';
import { LEAST_CHANCE, push, type Words } from './features.js';
import { regionsIn, spansOf, type Fields } from '../classes/fields.js';
import type { Feature } from './tree.js';

/** What it costs to ask for one of several names, and for each of them: it may be in the list or not. */
const NAMES = 4;
const NAME = 1;
/** Most names of a list. */
const MOST_NAMES = 64;
/** So many others have to be there: of what everybody says no list can be told. */
const LEAST_OTHERS = 2;
/** What a question about a sign costs: more than one about a word of two letters and more. */
const SIGN = 7;
/** Most signs that are asked about in one field. */
const MOST_SIGNS = 32;

/**
 * Features of the texts in some requests.
 *
 * @param fields the regions of their class; of several classes only what they begin with stands at the same place
 * @param head how many bytes that is
 * @param labels what is to be told apart
 */
export function textFeatures(
  contexts: readonly Context[],
  fields: Fields,
  head: number,
  labels: Int32Array,
  words: Words | null,
): Feature[] {
  const features: Feature[] = [];
  const regions = regionsIn(fields);
  for (const span of regions ? spansOf(regions).filter((of) => isOfAnyLength(regions, of)) : [behind(head)]) {
    const values = contexts.map((context) => take(span, context));
    if (values.some((value) => value !== null && !isText(value))) continue;
    const texts = values.map((value) => value && toLatin1(value));
    if (words && regions) nameFeatures(features, contexts, span, texts, labels, words);
    signFeatures(features, contexts, span, texts);
  }
  return features;
}

const behind = (offset: number): Span => ({
  of: { kind: 'request', back: 0 },
  from: { kind: 'start', offset },
  to: { kind: 'end', offset: 0 },
});

/**
 * Whether the field is one of the names behind which one thing happens, of those that were said again and again and
 * by several clients, where clients say others that are their own. Length and letters of a name tell nothing then,
 * though they part any few names well; and what was never said is none of the list.
 */
function nameFeatures(
  features: Feature[],
  contexts: readonly Context[],
  span: Span,
  texts: readonly (string | null)[],
  labels: Int32Array,
  words: Words,
): void {
  const told = new Map<string, { label: number; count: number; isOne: boolean }>();
  texts.forEach((text, i) => {
    if (text === null || text.length < LEAST_CHANCE) return;
    const label = labels[i] ?? -1;
    const known = told.get(text);
    if (known) Object.assign(known, { count: known.count + 1, isOne: known.isOne && known.label === label });
    else told.set(text, { label, count: 1, isOne: true });
  });
  const isKnown = ([text, { count }]: readonly [string, { count: number }]) =>
    count > 1 && !words.isPrivate(fromLatin1(text));
  const known = [...told].filter(isKnown);
  if (told.size - known.length < LEAST_OTHERS) return;
  const lists = new Map<number, string[]>();
  for (const [text, { label, isOne }] of known) if (isOne) lists.set(label, [...(lists.get(label) ?? []), text]);
  for (const list of lists.values()) {
    if (list.length < 2) continue;
    const names = list.slice(0, MOST_NAMES).map(fromLatin1);
    push(features, contexts, { kind: 'value', span, values: names }, NAMES + NAME * (names.length - 1));
  }
}

/** Whether a sign that only some of the texts have stands in them, wherever that is. */
function signFeatures(
  features: Feature[],
  contexts: readonly Context[],
  span: Span,
  texts: readonly (string | null)[],
): void {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const sign of new Set(text))
      if (!isAlphanumeric(sign.charCodeAt(0))) counts.set(sign, (counts.get(sign) ?? 0) + 1);
  const some = [...counts].filter(([, count]) => count > 1).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  for (const [sign] of some.slice(0, MOST_SIGNS))
    push(features, contexts, { kind: 'contains', of: span.of, bytes: fromLatin1(sign), within: span }, SIGN);
}

/** Whether it is a region whose length differs from request to request. */
function isOfAnyLength(regions: readonly Region[], { from }: Span): boolean {
  const region = from.kind === 'region' ? regions[from.region] : undefined;
  return region?.kind === 'mutating' && region.min !== region.max;
}
