/**
 * Questions about what was said earlier in the session [new]: what was chosen, opened or named then is what is
 * answered about now, though the request at hand does not say so.
 */
import { EMPTY, equal, fromLatin1, indexOf, isText, toLatin1, isAlphanumeric } from '../../bytes/bytes.js';
import { locate, resolve, takeFrom, type Context } from '../../model/meaning.js';
import type { Recall, Source, Span } from '../../model/types.js';
import type { RegionsOf } from '../answers/key-names.js';
import { countTokens, isHanded, LEAST_CHANCE, type Words } from './features.js';
import { regionSpans } from '../classes/fields.js';
import type { Feature } from './tree.js';

/** Exchanges before the present one in which groups are looked for, and groups and words of theirs that are asked about. */
const MOST_BACK = 64;
const MOST_GROUPS = 6;
const MOST_TOKENS = 40;
/** Regions of an earlier request that are asked about, values of one of them, and bytes of a value. */
const MOST_REGIONS = 12;
const MOST_VALUES = 8;
const MOST_BYTES = 32;
/** Bits for such a question: more than for one about the request itself. */
const COST = 9;

/**
 * Whether the latest request of an earlier group holds a word that recurs and is no client's own, or has such a value
 * in one of its regions.
 *
 * @param recalls what the source said elsewhere: that of which no key says that it is meant, or what the server handed
 *   out there, is asked about as well
 */
export function earlierFeatures(
  contexts: readonly Context[],
  words: Words | null,
  identities: ReadonlySet<number> = new Set(),
  recalls: readonly Recall[] = [],
  regionsOf: RegionsOf = () => null,
): Feature[] {
  const elsewhere = recalls.filter(({ keys, side }) => side === 'request' && (keys.length === 0 || isHanded(keys)));
  const groups = groupsBefore(contexts);
  const latest = (group: number) => ({ kind: 'group', group, which: 'latest', side: 'request' }) as const;
  const inWords = wordFeatures(contexts, [...groups.map(latest), ...elsewhere], words, identities);
  const spans = groups.flatMap((group) =>
    regionSpans(regionsOf(group) ?? [])
      .slice(0, MOST_REGIONS)
      .map((span): Span => ({ ...span, of: latest(group) })),
  );
  const asked = [...inWords];
  for (const feature of spans.flatMap((span) => valueFeatures(contexts, span, words, identities)))
    if (!asked.some(({ yes }) => equal(yes, feature.yes))) asked.push(feature);
  return asked;
}

function wordFeatures(
  contexts: readonly Context[],
  sources: readonly Source[],
  words: Words | null,
  identities: ReadonlySet<number>,
): Feature[] {
  return sources.flatMap((of) => {
    const requests = contexts.map((context) => resolve(of, context)?.bytes ?? EMPTY);
    const sessions = [...new Map(contexts.map(({ said }, i) => [said, requests[i] ?? EMPTY])).values()];
    // in one session all that was said goes along with every answer
    const once = new Set(countTokens(sessions, words).flatMap(([token, count]) => (count === 1 ? [token] : [])));
    const recurring = countTokens(requests, words)
      .filter(([token]) => !once.has(token) && words?.isPrivate(fromLatin1(token)) !== true)
      .filter(([token]) => isTelling(fromLatin1(token), requests, identities))
      .slice(0, MOST_TOKENS);
    return recurring.map(([token]): Feature => {
      const bytes = fromLatin1(token);
      const yes = Uint8Array.from(requests, (request) => Number(indexOf(request, bytes) >= 0));
      return { test: { kind: 'contains', of, bytes }, yes, cost: COST };
    });
  });
}

/** Whether a region of an earlier request has a value, or none, that several sessions have said there. */
function valueFeatures(
  contexts: readonly Context[],
  span: Span,
  words: Words | null,
  identities: ReadonlySet<number>,
): Feature[] {
  const values = new Map<string, Set<Context['said']>>();
  const said = contexts.map((context): string | null => {
    const place = resolve(span.of, context);
    const bytes = place && takeFrom(span, place);
    if (!bytes || bytes.length > MOST_BYTES || words?.isPrivate(bytes) === true) return null;
    const from = locate(span.from, place);
    if (bytes.length > 0 && bytes.every((_, i) => identities.has(from + i))) return null;
    const value = toLatin1(bytes);
    values.set(value, (values.get(value) ?? new Set()).add(context.said));
    return value;
  });
  return [...values]
    .filter(([, { size }]) => size > 1)
    .sort(([a, { size: one }], [b, { size: other }]) => other - one || (a < b ? -1 : 1))
    .slice(0, MOST_VALUES)
    .map(([value]): Feature => ({
      test: { kind: 'value', span, values: [fromLatin1(value)] },
      yes: Uint8Array.from(said, (one) => Number(one === value)),
      cost: COST,
    }))
    .filter(({ yes }) => yes.includes(1) && yes.includes(0));
}

/** Whether a word is no chance of binary bytes, and no part of what says whose a request is, where it first stands in any. */
function isTelling(token: Uint8Array, requests: readonly Uint8Array[], identities: ReadonlySet<number>): boolean {
  const holding = requests.filter((request) => indexOf(request, token) >= 0);
  if (holding.some((request) => !isText(request))) {
    // the byte beside a word that all of them have is a value, such as a length, though it may be a letter too
    const letters = token.filter(isAlphanumeric);
    const words = [letters, letters.subarray(1), letters.subarray(0, -1)];
    const isCommon = words.some((word) => requests.every((request) => indexOf(request, word) >= 0));
    if (letters.length < LEAST_CHANCE || isCommon) return false;
  }
  return !holding.every((request) => {
    const from = indexOf(request, token);
    return token.every((_, i) => identities.has(from + i)) && !isText(request);
  });
}

/** Groups that most samples have said before, other than what they say now; the most frequent ones first. */
function groupsBefore(contexts: readonly Context[]): number[] {
  const counts = new Map<number, number>();
  const own = new Set(contexts.map(({ said, at }) => said[at]?.group ?? -1));
  for (const { said, at } of contexts) {
    const before = said.slice(Math.max(1, at - MOST_BACK), Math.max(1, at)).map(({ group }) => group);
    for (const group of new Set(before)) counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  return [...counts]
    .filter(([group, count]) => group >= 0 && !own.has(group) && count * 2 > contexts.length)
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, MOST_GROUPS)
    .map(([group]) => group);
}
