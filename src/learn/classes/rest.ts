/** Requests that are like no other, and yet of one kind: free text, and codes of which each was said once [new]. */
import { isAlphanumeric } from '../../bytes/bytes.js';
import { fixedBytes } from '../../model/match.js';
import type { LengthField, Region } from '../../model/types.js';
import { commonLabel, frequent, type Described, type Part, type Request } from './groupings.js';
import { ASKED } from './labels.js';
import { buildOf } from './strays.js';

/** Fewest classes of one request each that are taken together, and fewest replies to one question. */
const REST = 3;
const REPLIES = 2;

/**
 * Requests that are like no other, said after the same kind of answer and answered alike, are one class:
 * free text, such as a name or a line of a letter. What they share is what the class asks for.
 */
export function gatherRest(groupings: readonly Described[], growing: LengthField | undefined): Part[] {
  const meant = scattered(groupings);
  const rest = new Map<string, Request[]>();
  const result: Part[] = [];
  const alike = new Map<Request, readonly Request[]>();
  for (const { requests, regions, ...names } of groupings) {
    const [only] = requests;
    if (only && isMostlyFixed(requests, regions)) for (const request of requests) alike.set(request, requests);
    if (!only || requests.length > 2 || requests.some((r) => r.count > 2) || isPair(requests, growing)) {
      result.push({ ...names, requests });
      continue;
    }
    const after = frequent(only.after);
    const key = `${meant.get(after) ?? after}/${commonLabel(requests)}`;
    const known = rest.get(key);
    if (known) known.push(...requests);
    else rest.set(key, [...requests]);
  }
  for (const [key, requests] of rest) {
    // what is said to a question may be anything
    const isReply = requests.every(({ after }) => frequent(after) <= ASKED);
    if (
      requests.length >= (isReply ? REPLIES : REST) ||
      isPair(requests, growing) ||
      (requests.length === 2 && beginAlike(requests))
    )
      result.push({ group: `rest ${key}`, requests });
    else {
      const apart = new Set(requests.map((request) => alike.get(request) ?? [request]));
      [...apart].forEach((its, i) => result.push({ group: `rest ${key} ${i}`, requests: its }));
    }
  }
  return result;
}

/** Fewest kinds of answers of one class that show that its answers are of no kind, and how many of its requests have one. */
const LEAST_SCATTERED = 4;
const SCATTERED = 0.5;

/**
 * Of answers that are mostly made up, nearly each seems to be of a kind of its own: where those to the requests of one
 * class are, they are of one kind, by the first of them.
 */
export function scattered(groupings: readonly Described[]): Map<number, number> {
  const homes = new Map<number, number>();
  groupings.forEach(({ requests }, i) => {
    for (const { labels } of requests)
      for (const label of labels.keys()) homes.set(label, (homes.get(label) ?? i) === i ? i : -1);
  });
  const meant = new Map<number, number>();
  groupings.forEach(({ requests }, i) => {
    const labels = new Set(requests.flatMap((r) => [...r.labels.keys()]));
    const own = [...labels].filter((label) => homes.get(label) === i);
    if (own.length < Math.max(LEAST_SCATTERED, requests.length * SCATTERED)) return;
    for (const label of own) meant.set(label, own[0] ?? label);
  });
  return meant;
}

/** Two requests that share so much are one request with other values, whatever they are. */
const SHARED = 0.75;

/** Whether nearly all of the longest of some requests stands in the others too. */
function isMostlyFixed(requests: readonly Request[], regions: readonly Region[]): boolean {
  return fixedBytes(regions) >= SHARED * Math.max(...requests.map(({ bytes }) => bytes.length));
}

/** Whether these are two requests of one build. */
function isPair(requests: readonly Request[], growing: LengthField | undefined): boolean {
  const [one, other, ...more] = requests;
  if (!one || !other || more.length > 0) return false;
  return buildOf(one.shape, growing) === buildOf(other.shape, growing);
}

/** Shortest first word, with what separates it, that tells that two requests ask for one thing. */
const FIRST_WORD = 4;

/** Whether requests have their first word in common. */
function beginAlike(requests: readonly Request[]): boolean {
  const [first, ...others] = requests;
  if (!first) return false;
  let same = 0;
  while (same < first.bytes.length && others.every(({ bytes }) => bytes[same] === first.bytes[same])) same++;
  while (same > 0 && isAlphanumeric(first.bytes[same - 1] ?? 0)) same--;
  return same >= FIRST_WORD && isAlphanumeric(first.bytes[0] ?? 0);
}
