/**
 * Bytes of requests that only say whose they are [new]: numbers of sessions, connections and transactions. Those that
 * say how long a request is tell as little.
 *
 * They stand at the same offset in all requests of a service, the server gives each of them back where it found it,
 * and nearly every session has other ones. No server looks at them to decide what it answers; but where there are
 * few samples they tell these apart as well as anything does, and no request to come has them again.
 */
import { EMPTY, indexOf } from '../bytes/bytes.js';
import { locate, resolve, takeFrom, type Context, type Place, type Said } from '../model/meaning.js';
import type { Span, Test } from '../model/types.js';
import type { Feature } from './tree.js';

/** Bytes at the beginning of a message that are looked at. */
const HEAD = 64;
const HEAD_OF_LENGTHS = 256;
/** Exchanges and sessions that show it at least. */
const LEAST_EXCHANGES = 8;
const LEAST_SESSIONS = 5;
/** Share of the exchanges that give a byte back, and of the sessions (or exchanges) that have another one than all others. */
const GIVEN_BACK = 0.6;
const DIFFERENT = 0.6;
/** So many different ones are always enough. */
const MANY = 64;
/** Exchanges of one session that are looked at. */
const MOST_OF_SESSION = 64;

/** Offsets of the bytes of a service's requests that identify. */
export function identities(sessions: readonly (readonly Said[])[]): ReadonlySet<number> {
  const found = new Set<number>();
  for (let offset = 0; offset < HEAD; offset++) if (identifies(sessions, offset)) found.add(offset);
  return found;
}

/** Different lengths that show a byte to be the low one of a length. */
const LEAST_LENGTHS = 3;

/** Offsets of bytes that grow with the length of some requests, as a length does. */
function measures(contexts: readonly Context[]): number[] {
  const requests = contexts.map(({ said, at }) => said[at]?.request ?? EMPTY);
  if (new Set(requests.map((r) => r.length)).size < LEAST_LENGTHS) return [];
  const found: number[] = [];
  const [first] = requests;
  for (let at = 0; first && at < Math.min(first.length, HEAD_OF_LENGTHS); at++) {
    const difference = ((first[at] ?? 0) - first.length) & 0xff;
    if (requests.every((r) => at < r.length && (((r[at] ?? 0) - r.length) & 0xff) === difference)) found.push(at);
  }
  return found;
}

function identifies(sessions: readonly (readonly Said[])[], offset: number): boolean {
  let exchanges = 0;
  let returned = 0;
  const all = new Set<number>();
  const last: number[] = [];
  for (const said of sessions) {
    let own: number | undefined;
    for (const { request, answer } of said.slice(1, MOST_OF_SESSION)) {
      const byte = request[offset];
      if (byte === undefined || answer.length <= offset) continue;
      exchanges++;
      if (answer[offset] === byte) returned++;
      all.add((own = byte));
    }
    if (own !== undefined) last.push(own);
  }
  if (exchanges < LEAST_EXCHANGES || returned < exchanges * GIVEN_BACK) return false;
  const isOfSession = last.length >= LEAST_SESSIONS && new Set(last).size >= Math.min(MANY, last.length * DIFFERENT);
  return isOfSession || all.size >= Math.min(MANY, exchanges * DIFFERENT);
}

/** The questions that look at something else than bytes that identify, or say how long the request is. */
export function withoutIdentities(
  features: readonly Feature[],
  contexts: readonly Context[],
  offsets: ReadonlySet<number>,
): Feature[] {
  const idle = new Set([...offsets, ...measures(contexts)]);
  if (idle.size === 0) return [...features];
  return features.filter(({ test, yes }) => {
    const context = contexts[yes.indexOf(1)];
    const range = context && rangeOf(test, context);
    if (!range || range.to <= range.from) return true;
    let count = 0;
    for (let at = range.from; at < range.to; at++) if (idle.has(at)) count++;
    return count * 2 <= range.to - range.from;
  });
}

/** Where in the present request a question looks. */
function rangeOf(test: Test, context: Context): { from: number; to: number } | null {
  if (test.kind === 'value' || test.kind === 'number') return rangeOfSpan(test.span, context);
  if (test.kind !== 'at' && test.kind !== 'contains') return null;
  const place = presentOf(test.of, context);
  if (!place) return null;
  const { bytes } = place;
  const from =
    test.kind === 'contains' ? indexOf(bytes, test.bytes) : test.offset < 0 ? bytes.length + test.offset : test.offset;
  return { from, to: from + test.bytes.length };
}

function rangeOfSpan(span: Span, context: Context): { from: number; to: number } | null {
  const place = presentOf(span.of, context);
  const value = place && takeFrom(span, place);
  if (!place || !value) return null;
  const from = locate(span.from, place);
  return { from, to: from + value.length };
}

function presentOf(of: Span['of'], context: Context): Place | null {
  return of.kind === 'request' && of.back === 0 ? resolve(of, context) : null;
}
