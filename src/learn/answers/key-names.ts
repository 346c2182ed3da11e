/** The messages that an exchange can name, and how their parts are named: what keys of the memory are made of. */
import { bytesAsText } from '../../bytes/bytes.js';
import { resolve, type Context, type Place, type Said } from '../../model/meaning.js';
import type { Position, Region, RequestClass, Source, Span } from '../../model/types.js';
import { FAR, type Named, type NamedSpan } from './common-parts.js';
import { ends, starts, type Named as Name } from './positions.js';
import { keyOf } from './sources.js';

/** The regions of a group's only class, or those with which all its classes begin; null where there are none. */
export type RegionsOf = (group: number) => readonly Region[] | null;

/** What is known beside the samples, where known requests are answered otherwise after something new [06 §4.3; new]. */
export interface Beside {
  /** The class of the samples: positions go by its regions, also where its group has others. */
  readonly of: Pick<RequestClass, 'id' | 'regions'> | null;
  /** Requests of training of that class: what differs between them and the samples can be a key. */
  readonly requests: readonly Context[];
  /** Groups from this one on are new: few samples taught them, and what is fixed there may vary. */
  readonly newFrom: number;
}

/** What says whose a request is: bytes at fixed offsets, and places that differ from request to request. */
export interface Says {
  readonly bytes: ReadonlySet<number>;
  readonly own: (request: Uint8Array) => readonly (readonly [from: number, to: number])[];
}

export const NOBODY: Says = { bytes: new Set(), own: () => [] };

const NAMES = 3;

/** At an earlier exchange: the answer that it got. */
const HANDED: Source = { kind: 'answer', back: 0 };

/** More spans than are ever met. */
export const MOST_SPANS = 2 ** 24;

/** The messages that exchanges can name, each looked at once. */
export class Messages {
  private readonly regionsOf: RegionsOf;
  private readonly named = new Map<string, Map<Uint8Array, Named>>();
  private readonly known = new Map<Said, readonly Named[]>();
  private readonly ids = new Map<string, number>();
  private readonly beside: Beside;
  private readonly idle: Says;

  constructor(regionsOf: RegionsOf, beside: Beside, idle: Says) {
    this.regionsOf = regionsOf;
    this.beside = beside;
    this.idle = idle;
  }

  /** The request itself, and the latest of every other group before it in its session. */
  of(context: Context): readonly Named[] {
    const exchange = context.said[context.at];
    if (!exchange) return [];
    let all = this.known.get(exchange);
    if (!all) this.known.set(exchange, (all = this.namedIn(context, exchange)));
    return all;
  }

  private namedIn(context: Context, { group: own, class: id }: Said): Named[] {
    const all: Named[] = [];
    const add = (source: Source, group: number, cost: number, regions = this.regionsOf(group)) => {
      const place = within(resolve(source, context), regions);
      if (place && place.bytes.length > 0)
        all.push(this.intern(source, place, group, regions, cost, source.kind === 'group' ? String(group) : ''));
    };
    const { of } = this.beside;
    add({ kind: 'request', back: 0 }, own, 0, of?.id === id ? of.regions : undefined);
    const groups = new Set<number>();
    for (let i = context.at - 1; i > 0 && i > context.at - 24; i--) groups.add(context.said[i]?.group ?? -1);
    for (const group of groups)
      if (group >= 0 && group !== own) add({ kind: 'group', group, which: 'latest', side: 'request' }, group, 3);
    return all;
  }

  /** The answer that an exchange got. */
  answer(context: Context): Named | null {
    const place = resolve(HANDED, context);
    return place && place.bytes.length > 0 ? this.intern(HANDED, place, -1, null, 0, 'answer') : null;
  }

  private intern(
    source: Source,
    place: Place,
    group: number,
    regions: readonly Region[] | null,
    cost: number,
    name: string,
  ): Named {
    let its = this.named.get(name);
    if (!its) this.named.set(name, (its = new Map<Uint8Array, Named>()));
    let known = its.get(place.bytes);
    if (!known) {
      const isNew = group >= this.beside.newFrom;
      const idle = source === HANDED ? this.idle.bytes : this.idleIn(place.bytes);
      known = { name, source, place, regions, isNew, idle, cost, compared: null, met: new Map(), spans: new Map() };
      its.set(place.bytes, known);
    }
    return known;
  }

  private idleIn(request: Uint8Array): ReadonlySet<number> {
    const own = this.idle.own(request);
    if (own.length === 0) return this.idle.bytes;
    const offsets = own.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i));
    return new Set([...this.idle.bytes, ...offsets]);
  }

  /** Plain names for a part of a message. */
  spansOf(named: Named, from: number, length: number): readonly NamedSpan[] {
    const key = from * FAR + length;
    let spans = named.spans.get(key);
    if (!spans) named.spans.set(key, (spans = this.namesOf(named, from, length)));
    return spans;
  }

  private namesOf({ source, place, regions, isNew }: Named, from: number, length: number): NamedSpan[] {
    const found: NamedSpan[] = [];
    const dearer = isOfAnyLength(place, regions, from) ? OF_ANY_LENGTH : 0;
    const names = ends(place, from, from + length, regions !== null)
      .map(asKey)
      .map((end) => (end.at.kind === 'width' ? { ...end, cost: end.cost + dearer } : end))
      .sort((a, b) => a.cost - b.cost);
    // what is always the same is always as long
    const fixed = isNew ? names.slice(NAMES).filter(({ at }) => at.kind === 'width') : [];
    const endings = [...names.slice(0, NAMES), ...fixed].map((end) => ({ ...end, key: textOf(end.at) }));
    for (const start of starts(place, from, regions !== null).slice(0, NAMES)) {
      const begin = `${keyOf(source)}\n${textOf(start.at)}`;
      for (const end of endings) {
        const span: Span = { of: source, from: start.at, to: end.at };
        found.push({ span, id: this.idOf(`${begin}\n${end.key}`), cost: start.cost + end.cost });
      }
    }
    return found.sort((a, b) => a.cost - b.cost).slice(0, isNew ? undefined : 2 * NAMES);
  }

  private idOf(key: string): number {
    let id = this.ids.get(key);
    if (id === undefined) this.ids.set(key, (id = this.ids.size));
    return id;
  }
}

/** A text for a position or an end, the same for those that are the same. */
function textOf(at: Position | Span['to']): string {
  return JSON.stringify(at, bytesAsText);
}

/** The place with the edges of some of its regions alone. */
function within(place: Place | null, regions: readonly Region[] | null): Place | null {
  if (!place?.edges || !regions) return place;
  return { ...place, edges: place.edges.subarray(0, regions.length + 1) };
}

/** A key is one value: where it says how long it is, that is where it ends, whatever stands behind it. */
function asKey(end: Name<Span['to']>): Name<Span['to']> {
  return end.at.kind === 'counted' && end.at.by === 'here' ? { ...end, cost: 0 } : end;
}

/** Bits that a key of one width costs more where it is a part of a value that is of any length. */
const OF_ANY_LENGTH = 3;

/** Whether a place is in a region that is not as long in all requests. */
function isOfAnyLength({ edges }: Place, regions: readonly Region[] | null, at: number): boolean {
  const id = regions?.findIndex((_, i) => at >= (edges?.[i] ?? 0) && at < (edges?.[i + 1] ?? 0)) ?? -1;
  const region = regions?.[id];
  return region?.kind === 'mutating' && region.min < region.max;
}
