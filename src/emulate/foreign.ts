/**
 * Requests of another protocol [new]: what scanners say to every port to find out what is behind it.
 *
 * Whatever else an unknown request may mean, a server does not answer one of another protocol as if it were one of its
 * own; a machine that gives the nearest answer then, or tells parts of the request again, is soon recognised. So what
 * all recorded requests have in common is looked for in it: that they are text, or are not, and the bytes that are the
 * same in the same places. Only what nearly fits is asked about; what fits a class is a request of the service.
 */
import { LF, isText, isTextByte } from '../bytes/bytes.js';
import { pieceLength } from '../model/frames.js';
import { promptOfState } from '../model/prompt.js';
import { isSignal } from '../model/signals.js';
import type { Framing, Region, RequestClass, ServiceModel, Transition } from '../model/types.js';
import type { Match } from './match.js';

/** Fewer different requests do not tell what all have in common. */
const LEAST_REQUESTS = 8;
/** The share of the requests that stands for all. */
const NEARLY_ALL = 0.95;
/** How far into a request it is looked for, and fewer bytes say nothing. */
const HEAD = 64;
const LEAST_COMMON = 2;
/** Fewer bytes may be a text by chance. */
const LEAST_TEXT = 4;
/** How much of what is no text, and how many bytes of that. */
const LOOKED_AT = 256;
const NO_TEXT = 0.1;

/** So many sessions that all begin alike tell how sessions begin. */
const LEAST_SESSIONS = 20;
/** … where so many times as much is said behind it. */
const MOST_IS_LATER = 2;

interface CommonByte {
  readonly at: number;
  readonly byte: number;
}

/** What the requests of a service have in common. */
export class Foreign {
  /** Whether all are text, or none; null: some are, or too few are known. */
  private readonly isText: boolean | null;
  private readonly common: readonly CommonByte[];
  private readonly framing: Framing;
  /** Whether all requests are whole frames, and nothing else. */
  readonly isFramed: boolean;
  /** The classes of requests that open a session and are never said again; null: sessions may begin with anything. */
  private readonly openers: ReadonlySet<number> | null;

  constructor(service: ServiceModel) {
    const { classes, framing, transport } = service;
    const asked = classes.filter(({ example }) => example.length > 0 && !isSignal(example));
    const isTold = asked.reduce((sum, { distinct }) => sum + distinct, 0) >= LEAST_REQUESTS;
    this.isText = isTold ? allOrNone(asked) : null;
    this.common = isTold && this.isText !== true ? commonBytes(asked) : [];
    this.framing = framing;
    this.isFramed = isTold && transport === 'tcp' && asked.every(({ example }) => isFrame(framing, example));
    this.openers = openersOf(service);
  }

  /**
   * Why a request is of another protocol; null: it may be one of the service.
   *
   * @param said the request as it was said
   * @param read … and as it is read
   * @param found what it was taken for, which it does not fit
   * @param state the state in which it was said
   */
  why(said: Uint8Array, read: Uint8Array, found: Match | null, state: number): string | null {
    const isLater = this.openers !== null && state === 0 && found && !this.openers.has(found.class);
    // one that has its own number where all others had one and the same is whole
    if (isLater && !found.others?.length)
      return 'every session of training began with something else, which was never said again';
    if (this.isFramed && !isFrame(this.framing, said)) return 'it is no frame, as all requests of training are';
    if (this.isText === true && isBinary(read)) return 'it is no text, as all requests of training are';
    if (this.isText === false && isLine(read)) return 'it is a text, as no request of training is';
    // what the server gives back is the client's own
    const isOwn = (at: number) => found?.others?.includes(at) === true;
    const others = this.common.filter(({ at, byte }) => read[at] !== byte && !isOwn(at)).length;
    if (others < LEAST_COMMON || others * 2 <= this.common.length) return null;
    return `${others} of the ${this.common.length} bytes that begin all requests of training are others`;
  }

  /**
   * Whether the session ends on a request that gets no answer: on a whole frame in place of the first, or of which no
   * frame can be made. A server that has read one knows that the client speaks something else; where the frame lacks
   * something, it may wait for the rest.
   *
   * @param said the request as it was said
   * @param state the state in which it was said
   * @param isForeign whether there was a reason why it is of another protocol
   */
  endsOn(said: Uint8Array, state: number, isForeign: boolean): boolean {
    if (!this.isFramed || state !== 0 || (!isForeign && this.openers === null)) return false;
    return hasNoLength(this.framing, said) || isFrame(this.framing, said);
  }
}

/**
 * The classes that sessions begin with, where all begin with something that is said only then: with a handshake. A
 * server that was told anything else first seldom answers it as it would have later, unless it asked for something.
 */
function openersOf({ states: [first, ...others] }: ServiceModel): ReadonlySet<number> | null {
  if (!first || promptOfState(first).length > 0) return null;
  const later = others.flatMap(({ transitions }) => transitions);
  const sessions = samplesOf(first.transitions);
  const openers = new Set(first.transitions.map(({ class: id }) => id));
  const isMostLater = samplesOf(later) >= sessions * MOST_IS_LATER;
  const isHandshake = isMostLater && !later.some(({ class: id }) => openers.has(id));
  return sessions >= LEAST_SESSIONS && isHandshake ? openers : null;
}

function samplesOf(transitions: readonly Transition[]): number {
  return transitions.reduce((sum, { samples }) => sum + samples, 0);
}

/** What nearly all are counts: a recording may have what a scanner said in it. */
function allOrNone(classes: readonly RequestClass[]): boolean | null {
  let [texts, all] = [0, 0];
  for (const { example, seen = [], samples } of classes) {
    all += samples;
    if ([example, ...seen].every(isText)) texts += samples;
  }
  if (texts >= all * NEARLY_ALL) return true;
  return texts <= all * (1 - NEARLY_ALL) ? false : null;
}

/** What is said before frames is none. */
function isFrame({ length, opening, openingEnd }: Framing, said: Uint8Array): boolean {
  if (!length || opening || openingEnd) return false;
  const piece = pieceLength(length, said, 0);
  return piece !== null && piece >= 0 && piece <= said.length;
}

function hasNoLength({ length }: Framing, said: Uint8Array): boolean {
  return length !== undefined && pieceLength(length, said, 0) === -1;
}

/** Letters beyond ASCII are text as well. */
function isBinary(read: Uint8Array): boolean {
  const head = read.subarray(0, LOOKED_AT);
  const signs = head.filter((byte) => byte < 0x80 && !isTextByte(byte)).length;
  return head.includes(0) || signs > head.length * NO_TEXT;
}

function isLine(read: Uint8Array): boolean {
  return read.length >= LEAST_TEXT && read.at(-1) === LF && isText(read.subarray(0, LOOKED_AT));
}

/** Bytes that all classes have fixed in the same place. */
function commonBytes(classes: readonly RequestClass[]): CommonByte[] {
  const heads = classes.map(({ regions }) => fixedHead(regions));
  const [first] = heads;
  if (!first) return [];
  return [...first]
    .filter(([at, byte]) => heads.every((head) => head.get(at) === byte))
    .map(([at, byte]) => ({ at, byte }));
}

/** The fixed bytes of a class whose places are the same in all its requests. */
function fixedHead(regions: readonly Region[]): ReadonlyMap<number, number> {
  const head = new Map<number, number>();
  let at = 0;
  for (const region of regions) {
    if (at >= HEAD) break;
    if (region.kind === 'fixed') {
      region.bytes.subarray(0, HEAD - at).forEach((byte, i) => head.set(at + i, byte));
      at += region.bytes.length;
    } else if (region.min === region.max) at += region.min;
    else break;
  }
  return head;
}
