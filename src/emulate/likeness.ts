/**
 * The recorded request that an unknown one is most like, byte by byte [new].
 *
 * Where no class fits, little is known of how requests are built; then the nearest recorded request is the best witness
 * of what is meant, and the answer is the one that it would get here. Only requests that the model keeps are looked at,
 * and of each only the beginning.
 */
import { isText, toLatin1 } from '../bytes/bytes.js';
import { subsequencesOf } from '../bytes/subsequence.js';
import { matchRegions } from '../model/match.js';
import { isSignal } from '../model/signals.js';
import type { RequestClass, ServiceModel } from '../model/types.js';
import { roughEdges, type Match } from './match.js';

/** Bytes of a request that are compared. */
const HEAD = 256;
/** Requests that are compared, so that an unknown one costs milliseconds. */
const MOST = 1000;
/** What has to be common at least, and how much more than with the class that a request was taken for. */
const LIKE = 0.3;
const CLEARLY = 0.1;
/** So many bytes of a binary request say more than that a class nearly fits it. */
const LEAST_COMMON = 8;
/** Share of the requests of a class that have to be different for each to name another thing. */
const VARIOUS = 0.75;

/** A request read as one that was recorded. */
export interface Like {
  readonly match: Match;
  /** The recorded request, and where the regions of its class lie in it. */
  readonly request: Uint8Array;
  readonly edges: Int32Array | null;
}

interface Recorded {
  readonly class: RequestClass;
  readonly request: Uint8Array;
  readonly head: Uint8Array;
  readonly isText: boolean;
}

/** The recorded requests of a service made ready for comparison. */
export class Likeness {
  private readonly recorded: readonly Recorded[];

  constructor({ classes }: ServiceModel) {
    const told = classes.filter(({ example }) => example.length > 0 && !isSignal(example));
    const each = Math.max(1, Math.floor(MOST / Math.max(1, told.length)));
    this.recorded = told
      .slice(0, MOST)
      .flatMap((of) => [of.example, ...(of.seen ?? [])].slice(0, each).map((request) => read(of, request)));
  }

  /**
   * The recorded request that a request is most like; null where none is, or where one of the class that it was taken
   * for is nearly as much.
   */
  find(request: Uint8Array, taken: number | null): Like | null {
    const head = request.subarray(0, HEAD);
    const common = subsequencesOf(head);
    const isWords = isText(head);
    const word = isWords ? firstWord(head) : null;
    const isSaid = word === null ? null : new RegExp(`(?<![A-Za-z])${word}(?![A-Za-z])`, 'i');
    if (isWords && word === null) return null;
    let best: Recorded | null = null;
    let share = LIKE;
    let own = 0;
    for (const one of this.recorded) {
      const same = common(one.head);
      const its = (2 * same) / (head.length + one.head.length);
      if (one.class.id === taken) own = Math.max(own, its);
      if (taken !== null && !isWords && same < LEAST_COMMON) continue;
      if (its > share && (!isSaid || !one.isText || isSaid.test(toLatin1(one.head)))) [best, share] = [one, its];
    }
    return best && best.class.id !== taken && share > own + CLEARLY ? likeOf(best, request, share) : null;
  }

  /**
   * The recorded requests of the other class that one of them is most like; only of classes nearly all of whose requests
   * named another thing, as this one names what nobody did.
   */
  kin(request: Uint8Array, taken: number): readonly Like[] {
    const head = request.subarray(0, HEAD);
    const common = subsequencesOf(head);
    const isWords = isText(head);
    const word = firstWord(head);
    let best: { readonly id: number; readonly share: number } | null = null;
    for (const { class: of, head: other, isText: isOther } of this.recorded) {
      if (of.id === taken || of.distinct < 2 || of.distinct < of.samples * VARIOUS) continue;
      if (isWords !== isOther || (isOther && firstWord(other) !== word)) continue;
      const share = (2 * common(other)) / (head.length + other.length);
      if (share > (best?.share ?? LIKE)) best = { id: of.id, share };
    }
    if (!best) return [];
    const { id, share } = best;
    return this.recorded.filter((one) => one.class.id === id).map((one) => likeOf(one, request, share));
  }
}

function read(of: RequestClass, request: Uint8Array): Recorded {
  const head = request.subarray(0, HEAD);
  return { class: of, request, head, isText: isText(head) };
}

function likeOf({ class: of, request }: Recorded, asked: Uint8Array, share: number): Like {
  const { id, regions } = of;
  const match: Match = { class: id, edges: roughEdges(regions, asked), known: 'nearest', share, byBytes: true };
  return { match, request, edges: matchRegions(regions, request) ?? matchRegions(regions, request, true) };
}

/** The first word of a text: it says what is asked for. */
function firstWord(head: Uint8Array): string | null {
  return /[A-Za-z]{2,}/.exec(toLatin1(head))?.[0] ?? null;
}
