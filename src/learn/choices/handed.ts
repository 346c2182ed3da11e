/**
 * Values that the server handed out and the client gives back [new]: handles, cookies, numbers of connections.
 *
 * What such a value stands for was said when it was handed out. Its own bytes are made up: they decide nothing, but
 * where there are few samples they tell these apart as well as anything does.
 */
import { EMPTY } from '../../bytes/bytes.js';
import type { Context, Said } from '../../model/meaning.js';
import { binaryAt } from '../../model/number.js';
import { once } from '../kept.js';

/** Bytes of a value that are not met by chance. */
const WIDTH = 4;
/** Bytes at the beginning of requests and answers that are looked at. */
const HEAD = 256;
/** Exchanges of one session that are looked at. */
const MOST_OF_SESSION = 512;
/** Share of the requests that give back what stands there, of their values that one session alone has, and of such sessions. */
const GIVEN_BACK = 0.8;
const DIFFERENT = 0.9;
const LEAST_SESSIONS = 5;

/** Offsets at which these requests hold values that were handed out earlier in their session. */
export function handed(contexts: readonly Context[]): number[] {
  const requests = contexts.map(({ said, at }) => said[at]?.request ?? EMPTY);
  const shortest = Math.min(HEAD, ...requests.map((r) => r.length));
  const found = new Set<number>();
  for (let offset = 0; offset + WIDTH <= shortest; offset++) {
    if (!isHanded(contexts, requests, offset)) continue;
    for (let at = offset; at < offset + WIDTH; at++) found.add(at);
  }
  return [...found];
}

function isHanded(contexts: readonly Context[], requests: readonly Uint8Array[], offset: number): boolean {
  const owners = new Map<number, readonly Said[] | null>();
  let returned = 0;
  contexts.forEach(({ said, at }, i) => {
    const value = binaryAt(requests[i] ?? EMPTY, offset, WIDTH, 'big');
    const owner = owners.get(value);
    owners.set(value, owner === undefined || owner === said ? said : null);
    const first = handedIn(said).get(value);
    if (first !== undefined && first < at) returned++;
  });
  const own = [...owners.values()].filter((owner) => owner !== null);
  return (
    returned >= contexts.length * GIVEN_BACK &&
    own.length >= owners.size * DIFFERENT &&
    new Set(own).size >= Math.max(LEAST_SESSIONS, new Set(contexts.map(({ said }) => said)).size * DIFFERENT)
  );
}

/** What stood in the answers of a session, with the exchange that had it first. */
const handedIn = once((said: readonly Said[]): ReadonlyMap<number, number> => {
  const values = new Map<number, number>();
  said.slice(0, MOST_OF_SESSION).forEach(({ answer }, exchange) => {
    for (let at = 0; at + WIDTH <= Math.min(answer.length, HEAD); at++) {
      const value = binaryAt(answer, at, WIDTH, 'big');
      if (!values.has(value)) values.set(value, exchange);
    }
  });
  return values;
});
