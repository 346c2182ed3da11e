/**
 * Which class a request belongs to when it fits several whole: training says which of them such requests were of.
 *
 * Requests of one class may fit another one as well, while none of that one's fit the first: a name that has an answer
 * of its own among those that any other name fits, a command with a word in it that another one's free field takes in.
 * How much the fixed regions explain does not tell that, and neither does what was said in a state: where any name was
 * said, that one could have been.
 */
import { startsWith } from '../bytes/bytes.js';
import { fixedBytes, matchRegions } from '../model/match.js';
import type { RequestClass } from '../model/types.js';

/** So many requests have to fit both, and so many of the other class not: else it may be chance. */
const LEAST = 3;
/** Requests of a class that are looked at. */
const MOST = 16;

/** For each class of a layer those that go before it. */
export class Precedence {
  private readonly layer: readonly RequestClass[];
  private readonly known = new Map<number, readonly RequestClass[]>();

  constructor(layer: readonly RequestClass[]) {
    this.layer = layer;
  }

  /** The classes that a request belongs to which fits them, though it fits `other` too. */
  before(other: RequestClass): readonly RequestClass[] {
    let known = this.known.get(other.id);
    if (!known) {
      known = this.layer.filter((one) => one !== other && goesBefore(one, other));
      this.known.set(other.id, known);
    }
    return known;
  }
}

function goesBefore(one: RequestClass, other: RequestClass): boolean {
  // what takes in whatever is said, and explains next to nothing of it, has no special cases
  const most = 2 * fixedBytes(other.regions);
  const both = requestsOf(one).filter((request) => request.length <= most && fits(other, request));
  const others = requestsOf(other);
  const isWord = one.regions.every(({ kind }) => kind === 'fixed');
  if (both.length < (isWord ? 1 : LEAST) || others.length < LEAST) return false;
  return !others.some((request) => fits(one, request));
}

function requestsOf({ example, seen = [] }: RequestClass): readonly Uint8Array[] {
  return [example, ...seen.slice(0, MOST - 1)];
}

function fits({ regions }: RequestClass, request: Uint8Array): boolean {
  const first = regions[0];
  if (first?.kind === 'fixed' && !startsWith(request, first.bytes, 0)) return false;
  return matchRegions(regions, request) !== null;
}
