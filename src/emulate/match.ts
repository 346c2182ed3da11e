/**
 * Which class a request belongs to [05 §2.5]: by the fixed regions in their order with gaps between,
 * scored by how much of the request they explain; never by alignment, which is too slow for a live sensor.
 */
import { equal, indexOf, isText, lastIndexOf, startsWith, toLatin1 } from '../bytes/bytes.js';
import { fixedBefore, fixedBytes, longest, matchRegions } from '../model/match.js';
import { endOfWord, takeFrom } from '../model/meaning.js';
import { isSignal } from '../model/signals.js';
import { promptOfState } from '../model/prompt.js';
import type { Region, RequestClass, ServiceModel, Span } from '../model/types.js';
import { Analogies } from './analogy.js';
import { echoing, matchEchoing, type Echoing } from './echoes.js';
import { Precedence } from './precedence.js';
import { LONGEST_BEGUN, Recorded } from './recorded.js';

export interface Match {
  readonly class: number;
  readonly edges: Int32Array | null;
  /** `here`: known in this state; `elsewhere`: in the service; `nearest`: not known, but this is the most like it. */
  readonly known: 'here' | 'elsewhere' | 'nearest';
  /** Share of the class's fixed bytes that the request has (1 unless `nearest`). */
  readonly share: number;
  /** It fits whole but for these bytes, which the answer gives back. */
  readonly others?: readonly number[];
  /** The share is one of words that it has in common with the example of the class. */
  readonly byWords?: true;
  /** The share is one of bytes that it has in common with a recorded request of the class. */
  readonly byBytes?: true;
  /** It fits whole, but for a field that says what is asked for and never had this value. */
  readonly unseen?: Unseen;
}

/** A field with a value that was never seen. */
export interface Unseen {
  readonly span: Span;
  readonly value: Uint8Array;
}

/** What a class known in the present state is ahead of one known elsewhere. */
const HERE = 0.5;
/** … and where a value would have to be more than twice as long as any that was seen. */
const HERE_BEYOND = 0.1;
/** A class with fewer fixed bytes than this says so little that it counts only where it was seen. */
const TELLING = 3;
/** So many different requests tell that a field has one width. */
const STIFF = 8;
/** What a region of unusual length costs: it decides between classes that fit alike. */
const UNUSUAL = 0.02;
/** A request that shares less than this with every class is unknown. */
const LIKE = 0.5;
/** … and so is one of which a class that is not known here explains less than this. */
const EXPLAINED = 0.1;
/** … or, of one that no class has wholly in it, fewer bytes than tell something, and than this share. */
const MUCH = 0.3;
/** A class of which this share is there can be a better reading than one that fits whole … */
const ALMOST = 0.9;
/** … also one said here of which this share is there, when the other is not said here and explains less … */
const MOSTLY = 0.8;
/** … when it explains so many times as much … */
const MUCH_MORE = 2;
/** … of a request that is not longer than this. */
const DOUBTED = 2048;
/** No state: nothing is known there. */
const NOWHERE = -1;
/** Nearest matching looks at no more of a request than this. */
const SCAN = 65536;

interface Prepared {
  readonly class: RequestClass;
  readonly fixed: number;
  readonly first: Uint8Array | null;
}

/** The classes of a service made ready for matching. */
export class Matcher {
  private readonly classes: readonly Prepared[];
  /** The classes by refinement, the oldest first: what was known before is matched as before [06]. */
  private readonly layers: readonly (readonly Prepared[])[];
  /** The classes of signals, which no client says. */
  private readonly signals: readonly Prepared[];
  private readonly here: readonly ReadonlySet<number>[];
  private readonly echoes: readonly (readonly Echoing[])[];
  private readonly analogies: readonly Analogies[];
  private readonly precedence: readonly Precedence[];
  private readonly recorded: Recorded;
  /** Bytes before the length of a request; 0: there is no such thing. */
  private readonly head: number;

  constructor(service: ServiceModel) {
    this.head = service.framing.length?.offset ?? 0;
    this.classes = service.classes.map((c) => {
      const first = c.regions[0];
      return { class: c, fixed: fixedBytes(c.regions), first: first?.kind === 'fixed' ? first.bytes : null };
    });
    const starts = [0, ...(service.layers ?? []).map((layer) => layer.classes)];
    this.layers = starts.map((start, i) =>
      this.classes.slice(start, starts[i + 1]).filter(({ class: c }) => !isSignal(c.example)),
    );
    this.signals = this.classes.filter(({ class: c }) => isSignal(c.example));
    this.echoes = this.layers.map((layer) => layer.map((c) => echoing(c.class, service)).filter((e) => e !== null));
    this.here = classesFrom(service);
    this.recorded = new Recorded(service);
    this.analogies = this.layers.map((layer) => new Analogies(layer.map((c) => c.class)));
    this.precedence = this.layers.map((layer) => new Precedence(layer.map((c) => c.class)));
  }

  /** The class that a request is taken for; of those that only lack something, the one that most of is there, or the latest. */
  find(state: number, request: Uint8Array): Match | null {
    let near: Match | null = null;
    for (const [i, layer] of this.layers.entries()) {
      const match = this.doubted(this.askedIn(layer, i, state, request), request);
      if (match && match.known !== 'nearest') return match;
      if (match && (!near || this.found(match) >= this.found(near))) near = match;
    }
    return near;
  }

  /** The class of a layer whose requests ask for what this one asks for, before any other. */
  private askedIn(layer: readonly Prepared[], index: number, state: number, request: Uint8Array): Match | null {
    const asking = layer.filter(({ class: of }) => !isAskedElsewhere(of, request));
    const found = this.findIn(asking, index, state, request);
    return found ?? (asking.length < layer.length ? this.findIn(layer, index, state, request) : null);
  }

  /** A request that fits a class is only nearly known when it asks for something that nobody asked for. */
  private doubted(match: Match | null, request: Uint8Array): Match | null {
    if (!match || match.known === 'nearest') return match;
    for (const { span, values, others = [] } of this.classes[match.class]?.class.closed ?? []) {
      const value = takeFrom(span, { bytes: request, edges: match.edges });
      if (value && ![...values, ...others].some((known) => equal(known, value)))
        return { ...match, known: 'nearest', unseen: { span, value } };
    }
    return match;
  }

  /**
   * The class of a layer that a request is taken for: one that it fits whole, unless that asks for little and
   * another lacks next to nothing of the request, or the nearest one.
   */
  private findIn(layer: readonly Prepared[], index: number, state: number, request: Uint8Array): Match | null {
    const exact = this.preferred(index, state, request, this.exactIn(layer, state, request));
    const fixed = exact ? (this.classes[exact.class]?.fixed ?? 0) : 0;
    if (exact && (fixed * 2 >= request.length || request.length > DOUBTED)) return exact;
    const near = this.almost(layer, index, state, request) ?? (exact ? null : this.analogous(index, request));
    if (!exact || !near) return exact ?? near ?? this.byHead(layer, state, request);
    const found = this.found(near);
    const isOfHere = exact.known === 'elsewhere' && this.here[state]?.has(near.class) === true;
    if (isOfHere && near.share >= MOSTLY && found > fixed) return near;
    if (found < MUCH_MORE * fixed) return exact;
    const { regions = [] } = this.classes[exact.class]?.class ?? {};
    // nearly anything would fit with a value far longer than any that was seen
    if (found >= TELLING && isBeyond(regions, exact.edges, longest)) return near;
    const enough = isBeyond(regions, exact.edges, twice) ? MOSTLY : ALMOST;
    return (near.others || near.share >= enough) && found * 2 >= request.length ? near : exact;
  }

  /** The best class of a layer that the request fits whole, or null. */
  private exactIn(layer: readonly Prepared[], state: number, request: Uint8Array): Match | null {
    return this.best(layer, state, request, false) ?? this.best(layer, state, request, true);
  }

  /** The class that a request which fits one whole belongs to, as others of training that fit both did. */
  private preferred(index: number, state: number, request: Uint8Array, match: Match | null): Match | null {
    let found = match;
    for (let last: Match | null = null; found && found !== last;) {
      last = found;
      const { class: known } = this.classes[found.class] ?? {};
      const before = known ? (this.precedence[index]?.before(known) ?? []) : [];
      const special = before.map(({ id }) => this.classes[id]).filter((c) => c !== undefined);
      found = this.best(special, state, request, false) ?? found;
    }
    return found;
  }

  /** The class that a request fits but for what the server gives back, or the nearest one when that explains more. */
  private almost(layer: readonly Prepared[], index: number, state: number, request: Uint8Array): Match | null {
    const all = this.echoes[index] ?? [];
    const isWhole = layer.length === this.layers[index]?.length;
    const echoes = isWhole ? all : all.filter((echo) => !isAskedElsewhere(echo.class, request));
    const echoed = this.echoed(echoes, state, request);
    const found = this.nearestIn(layer, state, request);
    const near = found && !this.asksOther(found.class, request) ? found : null;
    const aligned = near && this.analogies[index]?.edges(near.class, request);
    const nearest = near && aligned ? { ...near, edges: aligned } : near;
    if (!echoed || !nearest) return echoed ?? nearest;
    return this.found(echoed) >= this.found(nearest) ? echoed : nearest;
  }

  /** Whether a text begins with another word than the requests of a class do. */
  private asksOther(id: number, request: Uint8Array): boolean {
    const first = this.classes[id]?.first;
    if (!first) return false;
    const end = endOfWord(first, 0);
    return end > 1 && end < first.length && !startsWith(request, first.subarray(0, end), 0);
  }

  private analogous(index: number, request: Uint8Array): Match | null {
    const found = this.analogies[index]?.find(request);
    return found ? { ...found, known: 'nearest', byWords: true } : null;
  }

  private found({ share, class: id }: Match): number {
    return share * (this.classes[id]?.fixed ?? 0);
  }

  private echoed(echoes: readonly Echoing[], state: number, request: Uint8Array): Match | null {
    const here = this.here[state];
    let best: Match | null = null;
    let bestScore = 0;
    for (const echo of echoes) {
      const { id } = echo.class;
      const match = matchEchoing(echo, request);
      const share = (match?.found ?? 0) / Math.max(1, this.classes[id]?.fixed ?? 0);
      const isHere = here?.has(id) === true;
      const score = (match?.found ?? 0) / request.length + (isHere ? HERE / 2 : 0);
      if (!match || score <= bestScore || match.found === 0 || (!isHere && share < LIKE)) continue;
      best = { class: id, edges: match.edges, known: 'nearest', share, others: match.others };
      bestScore = score;
    }
    return best;
  }

  /** The class of a signal, where it was heard in one of the states that a session has been in. */
  signalled(visited: readonly { readonly state: number }[], signal: Uint8Array): Match | null {
    if (this.signals.length === 0) return null;
    const heard = new Set<number>();
    for (const { state } of visited) for (const id of this.here[state] ?? []) heard.add(id);
    const classes = this.signals.filter(({ class: c }) => heard.has(c.id));
    return this.best(classes, NOWHERE, signal, true);
  }

  /** Fixed bytes of the class that a request fits whole, with the limits on lengths of mutating regions in force; -1: there is none. */
  explained(state: number, request: Uint8Array): number {
    for (const layer of this.layers) {
      const match = this.best(layer, state, request, false);
      if (match) return this.classes[match.class]?.fixed ?? 0;
    }
    return -1;
  }

  /**
   * Whether what has arrived, of which a class fixes so many bytes, is better taken for the beginning of a longer request:
   * no recorded request was that, or none that something was said about, and one begins with just these bytes, or those of
   * another class begin so and have more of it fixed.
   */
  isBegun(request: Uint8Array, explained: number): boolean {
    if (request.length > LONGEST_BEGUN) return false;
    const known = this.recorded.isBegun(request);
    if (known !== null) return known;
    return this.classes.some(
      ({ class: c, fixed }) => fixed > explained && !isSignal(c.example) && fixedBefore(c.regions, request) > explained,
    );
  }

  private best(
    layer: readonly Prepared[],
    state: number,
    request: Uint8Array,
    loose: boolean,
    least = TELLING,
  ): Match | null {
    const here = this.here[state];
    let best: Match | null = null;
    let bestScore = -1;
    for (const { class: candidate, fixed, first } of layer) {
      if (first && !startsWith(request, first, 0)) continue;
      const known = here?.has(candidate.id) === true;
      const score = fixed / Math.max(1, request.length) + (known ? HERE : 0);
      if (score <= bestScore || fixed > request.length || (!known && fixed < least)) continue;
      const edges = matchRegions(candidate.regions, request, loose);
      if (!edges || (loose && fixed < TELLING && isBent(candidate, edges))) continue;
      const lost = known && isBeyond(candidate.regions, edges, twice) ? HERE - HERE_BEYOND : 0;
      const fitting = score - lost - UNUSUAL * unusual(candidate.regions, edges);
      if (fitting <= bestScore) continue;
      best = { class: candidate.id, edges, known: known ? 'here' : 'elsewhere', share: 1 };
      bestScore = fitting;
    }
    return best;
  }

  /** The class that a request fits in what stands before its length, which says what it is: of those that say little else. */
  private byHead(layer: readonly Prepared[], state: number, request: Uint8Array): Match | null {
    const { head } = this;
    if (head === 0) return null;
    const telling = layer.filter(({ first }) => first !== null && first.length >= head);
    return this.best(telling, state, request, false, head) ?? this.best(telling, state, request, true, head);
  }

  /** The class most like a request that fits none, or null when none is like it. */
  private nearestIn(layer: readonly Prepared[], state: number, request: Uint8Array): Match | null {
    const here = this.here[state];
    const message = request.subarray(0, SCAN);
    // an end of a line tells nothing; of a short binary request two bytes are much
    const telling = isText(message) ? TELLING : Math.min(TELLING, request.length * MUCH);
    let best: Match | null = null;
    let bestScore = 0;
    for (const { class: candidate, fixed } of layer) {
      if (fixed === 0) continue;
      const found = foundInOrder(candidate.regions, message);
      const share = found / fixed;
      const score =
        Math.min(share, (found / Math.max(1, request.length)) * 2) + (here?.has(candidate.id) === true ? HERE / 2 : 0);
      if (share < LIKE || score <= bestScore) continue;
      const least = Math.max(share < 1 ? telling : 0, request.length * EXPLAINED);
      if (here?.has(candidate.id) !== true && found < least) continue;
      best = { class: candidate.id, edges: roughEdges(candidate.regions, request), known: 'nearest', share };
      bestScore = score;
    }
    return best;
  }
}

/** Whether only requests of other classes say what a request says is asked for. */
function isAskedElsewhere({ closed = [] }: RequestClass, request: Uint8Array): boolean {
  return closed.some(({ span, others = [] }) => {
    const value = takeFrom(span, { bytes: request, edges: null });
    return value !== null && others.some((other) => equal(other, value));
  });
}

/**
 * Whether a field that had one width in many requests would have to have another one: where little else tells the
 * class, a byte somewhere in a request of any length would be enough.
 */
function isBent({ regions, distinct }: RequestClass, edges: Int32Array): boolean {
  if (distinct < STIFF) return false;
  return regions.some((region, i) => {
    const width = (edges[i + 1] ?? 0) - (edges[i] ?? 0);
    return region.kind === 'mutating' && region.min === region.max && width !== region.min;
  });
}

/**
 * The classes of what was said in each state, or in another one that asks the same question. How the only session
 * seen began says nothing of how others begin: there it is all of them.
 */
function classesFrom({ states, classes: all, training }: ServiceModel): readonly ReadonlySet<number>[] {
  const asking = new Map<string, Set<number>>();
  return states.map((state, id) => {
    if (id === 0 && training.sessions === 1) return new Set(all.map((c) => c.id));
    const prompt = toLatin1(promptOfState(state));
    const classes = (prompt === '' ? undefined : asking.get(prompt)) ?? new Set<number>();
    if (prompt !== '') asking.set(prompt, classes);
    for (const transition of state.transitions) classes.add(transition.class);
    return classes;
  });
}

/**
 * Where the regions of a class lie in a request that does not quite fit: fixed regions that are missing
 * are taken to be where the widths before them put them, or where half of them is found. From where that
 * ends, the rest is laid out from the end of the message; what is between lies there, empty.
 */
export function roughEdges(regions: readonly Region[], message: Uint8Array): Int32Array {
  const edges = new Int32Array(regions.length + 1).fill(message.length);
  const { done, at } = layForward(regions, message, edges);
  if (done < regions.length) layBackward(regions, message, edges, done, at);
  return edges;
}

/** Lays regions from the start; tells how many and where the last of them ends. */
function layForward(regions: readonly Region[], message: Uint8Array, edges: Int32Array): { done: number; at: number } {
  let at = 0;
  let certain = true;
  for (let i = 0; i < regions.length; i++) {
    const region = regions[i];
    if (region === undefined) break;
    if (region.kind === 'mutating') {
      edges[i] = at;
      certain &&= region.min === region.max;
      at += region.min;
      if (at > message.length) return { done: i, at: edges[i] ?? 0 };
      continue;
    }
    const end = i === regions.length - 1 && !certain ? commonSuffix(region.bytes, message.subarray(at)) : 0;
    if (end > 0) {
      // what ends the request has lost some of its bytes: the value before it reaches up to what is left
      edges[i] = message.length - end;
      return { done: regions.length, at: message.length };
    }
    const place = certain ? at : findRoughly(region.bytes, message, at);
    if (place < 0 || place + region.bytes.length > message.length) return { done: i, at };
    edges[i] = place;
    at = place + region.bytes.length;
    certain = true;
  }
  return { done: regions.length, at };
}

/** Lays the regions from `done` on from the end of the message back to `from`. */
function layBackward(regions: readonly Region[], message: Uint8Array, edges: Int32Array, done: number, from: number) {
  for (let i = done; i < regions.length; i++) edges[i] = from;
  let at = message.length;
  let certain = true;
  for (let i = regions.length - 1; i > done; i--) {
    const region = regions[i];
    if (region?.kind === 'mutating') {
      if (region.min !== region.max) certain = false;
      at -= region.min;
    } else if (region) {
      const place = certain ? at - region.bytes.length : lastIndexOf(message, region.bytes, at - region.bytes.length);
      if (place < from) return;
      at = place;
      certain = true;
    }
    if (at < from) return;
    edges[i] = at;
  }
  // a field of a binary message has another value, of as many bytes, in its place
  const missing = regions[done];
  if (certain && missing?.kind === 'fixed' && !isText(message)) edges[done] = Math.max(from, at - missing.bytes.length);
}

function findRoughly(bytes: Uint8Array, message: Uint8Array, from: number): number {
  const whole = indexOf(message, bytes, from);
  if (whole >= 0 || bytes.length < 4) return whole;
  const half = bytes.length >> 1;
  const head = indexOf(message, bytes.subarray(0, half), from);
  if (head >= 0) return head;
  const tail = indexOf(message, bytes.subarray(half), from + half);
  return tail < 0 ? -1 : tail - half;
}

/** Whether a value of a mutating region is longer than `most` says of the region. */
function isBeyond(
  regions: readonly Region[],
  edges: Int32Array | null,
  most: (region: { readonly max: number }) => number,
): boolean {
  return regions.some(
    (region, i) => region.kind === 'mutating' && (edges?.[i + 1] ?? 0) - (edges?.[i] ?? 0) > most(region),
  );
}

function twice({ max }: { readonly max: number }): number {
  return 2 * max;
}

/** By how much the values of mutating regions are longer or shorter than any that was seen: at most 1 for each. */
function unusual(regions: readonly Region[], edges: Int32Array): number {
  let sum = 0;
  regions.forEach((region, i) => {
    if (region.kind !== 'mutating') return;
    const length = (edges[i + 1] ?? 0) - (edges[i] ?? 0);
    const outside = Math.max(region.min - length, length - region.max, 0);
    sum += Math.min(1, outside / (region.max + 1));
  });
  return sum;
}

/** Fixed bytes of a class that stand in the message in their order; what is missing is passed over. */
function foundInOrder(regions: readonly Region[], message: Uint8Array): number {
  let at = 0;
  let found = 0;
  for (const region of regions) {
    if (region.kind !== 'fixed') continue;
    const place = indexOf(message, region.bytes, at);
    if (place >= 0) {
      at = place + region.bytes.length;
      found += region.bytes.length;
      continue;
    }
    const same = commonPrefix(region.bytes, message, at);
    at += same;
    found += same;
    if (region === regions.at(-1)) found += commonSuffix(region.bytes.subarray(same), message.subarray(at));
  }
  return found;
}

function commonSuffix(a: Uint8Array, b: Uint8Array): number {
  let same = 0;
  while (same < a.length && same < b.length && a[a.length - 1 - same] === b[b.length - 1 - same]) same++;
  return same;
}

function commonPrefix(bytes: Uint8Array, message: Uint8Array, at: number): number {
  let same = 0;
  while (same < bytes.length && at + same < message.length && bytes[same] === message[at + same]) same++;
  return same;
}
