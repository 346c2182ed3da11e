/**
 * Bytes of requests that only say whose they are [new]: numbers of sessions, connections and transactions, and those
 * that count the requests of a session. Those that say how long a request is, or that the server handed out before
 * (`handed.ts`), tell as little.
 *
 * They stand at the same offset in all requests of a service, the server gives each of them back where it found it,
 * and nearly every session has other ones, or one more for every request. No server looks at them to decide what it
 * answers; but where there are few samples they tell these apart as well as anything does, and no request to come
 * has them again.
 */
import { EMPTY, indexOf } from '../../bytes/bytes.js';
import { isPresent, locate, resolve, takeFrom, type Context, type Place, type Said } from '../../model/meaning.js';
import type { Span, Test } from '../../model/types.js';
import { handed } from './handed.js';
import { spread } from '../spread.js';
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
/** Share of the steps from one request to the next at which a count goes on as it mostly does. */
const COUNTED = 0.8;
/** Bytes of a count. */
const WIDEST = 8;
/** Exchanges of one session that are looked at. */
const MOST_OF_SESSION = 64;

/** Requests of a service that show which bytes tell the length of all of them. */
const MOST_REQUESTS = 1000;

/** What was asked and answered. */
type Exchanged = Pick<Said, 'request' | 'answer'>;

/** Offsets of the bytes of a service's requests that identify, or say how long each is. */
export function identities(sessions: readonly (readonly Exchanged[])[]): ReadonlySet<number> {
  const requests = spread(
    sessions.flatMap((said) => said.slice(1, MOST_OF_SESSION).map(({ request }) => request)),
    MOST_REQUESTS,
  );
  const found = new Set<number>();
  for (let offset = 0; offset < HEAD; offset++)
    if (identifies(sessions, offset) || isMeasure(requests, offset)) found.add(offset);
  for (const offset of [...found])
    if (counts(sessions, offset)) for (const carry of carries(sessions, offset)) found.add(carry);
  return found;
}

/** Different lengths that show a byte to be the low one of a length, and the share of the requests that have it right. */
const LEAST_LENGTHS = 3;
const MEASURED = 0.8;
/** What is padded is longer than it says by fewer bytes than this. */
const PADDED = 8;

/** Offsets of bytes that grow with the length of some requests, as a length does. */
function measures(contexts: readonly Context[]): number[] {
  const requests = contexts.map(({ said, at }) => said[at]?.request ?? EMPTY);
  const found: number[] = [];
  const longest = requests.reduce((most, r) => Math.max(most, r.length), 0);
  for (let at = 0; at < Math.min(longest, HEAD_OF_LENGTHS); at++) if (isMeasure(requests, at)) found.push(at);
  return found;
}

function isMeasure(requests: readonly Uint8Array[], at: number): boolean {
  if (new Set(requests.map((r) => r.length)).size < LEAST_LENGTHS) return false;
  const byRest = new Map<number, Uint8Array[]>();
  for (const request of requests) {
    const byte = request[at];
    if (byte === undefined) continue;
    const rest = (request.length - byte) & 0xff;
    const known = byRest.get(rest);
    if (known) known.push(request);
    else byRest.set(rest, [request]);
  }
  return [...byRest].some(([least, exact]) => {
    if (exact.length >= requests.length * MEASURED && lengthsOf(exact) >= LEAST_LENGTHS) return true;
    const padded = [...byRest].flatMap(([rest, its]) => (((rest - least) & 0xff) < PADDED ? its : []));
    return (
      padded.length >= requests.length * MEASURED && lengthsOf(padded) > LEAST_LENGTHS && growsWithLength(padded, at)
    );
  });
}

function lengthsOf(requests: readonly Uint8Array[]): number {
  return new Set(requests.map((r) => r.length)).size;
}

/** Whether a byte is greater in every longer request. */
function growsWithLength(requests: readonly Uint8Array[], at: number): boolean {
  const sorted = [...requests].sort((a, b) => a.length - b.length || (a[at] ?? 0) - (b[at] ?? 0));
  return sorted.every((request, i) => {
    const next = sorted[i + 1];
    return !next || next.length === request.length || (next[at] ?? 0) > (request[at] ?? 0);
  });
}

function identifies(sessions: readonly (readonly Exchanged[])[], offset: number): boolean {
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
  return isOfSession || all.size >= Math.min(MANY, exchanges * DIFFERENT) || counts(sessions, offset);
}

/** Whether a byte mostly goes on by the same step from one request of a session to the next. */
function counts(sessions: readonly (readonly Exchanged[])[], offset: number): boolean {
  const steps = new Map<number, number>();
  let all = 0;
  let most = 0;
  for (const [one, next] of pairs(sessions)) {
    const step = ((next[offset] ?? 0) - (one[offset] ?? 0)) & 0xff;
    const count = (steps.get(step) ?? 0) + 1;
    steps.set(step, count);
    all++;
    if (step > 0) most = Math.max(most, count);
  }
  return all >= LEAST_EXCHANGES && most >= all * COUNTED;
}

/** Offsets of the higher bytes of a count whose low byte stands at an offset: they go on by one where that turns over. */
function carries(sessions: readonly (readonly Exchanged[])[], low: number): number[] {
  const found: number[] = [];
  for (const way of [1, -1]) {
    for (let at = low + way; at >= 0 && at < HEAD && Math.abs(at - low) < WIDEST; at += way) {
      let turns = 0;
      const isCarry = pairs(sessions).every(([one, next]) => {
        const turned = (next[at - way] ?? 0) < (one[at - way] ?? 0);
        if (turned) turns++;
        return (((next[at] ?? 0) - (one[at] ?? 0)) & 0xff) === (turned ? 1 : 0);
      });
      if (!isCarry || turns === 0) break;
      found.push(at);
    }
  }
  return found;
}

/** Every two requests of a session that follow each other. */
function pairs(sessions: readonly (readonly Exchanged[])[]): [Uint8Array, Uint8Array][] {
  return sessions.flatMap((said) => {
    const requests = said.slice(1, MOST_OF_SESSION).map(({ request }) => request);
    return requests.slice(1).map((next, i): [Uint8Array, Uint8Array] => [requests[i] ?? EMPTY, next]);
  });
}

/** The questions that look at something else than bytes that identify, or say how long the request is. */
export function withoutIdentities(
  features: readonly Feature[],
  contexts: readonly Context[],
  offsets: ReadonlySet<number>,
): Feature[] {
  const idle = new Set([...offsets, ...measures(contexts), ...handed(contexts)]);
  if (idle.size === 0) return [...features];
  const requests = contexts.map(({ said, at }) => said[at]?.request ?? EMPTY);
  return features.filter(({ test, yes }) => {
    const first = yes.indexOf(1);
    const [context, request] = [contexts[first], requests[first]];
    const range = context && rangeOf(test, context);
    if (!range || !request || range.to <= range.from) return true;
    let count = 0;
    for (let at = range.from; at < range.to; at++) if (idle.has(at)) count++;
    if (count === 0 || count * 2 > range.to - range.from) return count === 0;
    // where nothing else parts two requests, it is what tells nothing that does
    return !requests.some((other, i) => yes[i] !== 1 && differsOnlyBy(idle, request, other, range));
  });
}

/** Offsets in a request, the second one behind the last byte. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

function differsOnlyBy(idle: ReadonlySet<number>, one: Uint8Array, other: Uint8Array, { from, to }: Range): boolean {
  for (let at = from; at < to; at++) if (one[at] !== other[at] && !idle.has(at)) return false;
  return true;
}

/** Where in the present request a question looks; null where it looks at something else. */
export function rangeOf(test: Test, context: Context): Range | null {
  if (test.kind === 'value' || test.kind === 'number') return rangeOfSpan(test.span, context);
  if (test.kind !== 'at' && test.kind !== 'contains') return null;
  const place = presentOf(test.of, context);
  if (!place) return null;
  const { bytes } = place;
  if (test.kind === 'contains' && test.within) return rangeOfSpan(test.within, context);
  const from =
    test.kind === 'contains' ? indexOf(bytes, test.bytes) : test.offset < 0 ? bytes.length + test.offset : test.offset;
  return { from, to: from + test.bytes.length };
}

function rangeOfSpan(span: Span, context: Context): Range | null {
  const place = presentOf(span.of, context);
  const value = place && takeFrom(span, place);
  if (!place || !value) return null;
  const from = locate(span.from, place);
  return { from, to: from + value.length };
}

function presentOf(of: Span['of'], context: Context): Place | null {
  return isPresent(of) ? resolve(of, context) : null;
}
